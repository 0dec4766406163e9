package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"os"
	"unicode/utf8"
)

type header struct {
	name  string
	value []byte
}

func field(sum hash.Hash, value []byte) {
	length := uint32(0xffffffff)
	if value != nil {
		length = uint32(len(value))
	}
	count(sum, length)
	sum.Write(value)
}

func count(sum hash.Hash, value uint32) {
	var bytes [4]byte
	binary.BigEndian.PutUint32(bytes[:], value)
	sum.Write(bytes[:])
}

// messageHash is the hash of FORMAT.md; nil is null.
func messageHash(key, value []byte, headers []header) string {
	sum := sha256.New()
	field(sum, key)
	field(sum, value)
	count(sum, uint32(len(headers)))
	for _, h := range headers {
		field(sum, []byte(h.name))
		field(sum, h.value)
	}
	return hex.EncodeToString(sum.Sum(nil))[:32]
}

func keyText(key []byte) interface{} {
	if key == nil {
		return nil
	}
	if utf8.Valid(key) {
		return string(key)
	}
	return "hex:" + hex.EncodeToString(key)
}

func last(headers []header, name string) *string {
	for i := len(headers) - 1; i >= 0; i-- {
		if headers[i].name == name && headers[i].value != nil {
			text := string(headers[i].value)
			return &text
		}
	}
	return nil
}

func bytesOf(value interface{}) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		return append([]byte{}, v...), nil
	case map[string]interface{}:
		return hex.DecodeString(v["hex"].(string))
	}
	return nil, fmt.Errorf("not a value: %v", value)
}

// selfTest prints the hashes of the vectors.
func selfTest(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var vectors []struct {
		Key, Value interface{}
		Headers    [][2]interface{}
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		return err
	}
	for _, v := range vectors {
		key, err := bytesOf(v.Key)
		if err != nil {
			return err
		}
		value, err := bytesOf(v.Value)
		if err != nil {
			return err
		}
		var headers []header
		for _, pair := range v.Headers {
			text, err := bytesOf(pair[1])
			if err != nil {
				return err
			}
			headers = append(headers, header{pair[0].(string), text})
		}
		fmt.Println(messageHash(key, value, headers))
	}
	return nil
}
