package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type fields map[string]interface{}

// collectLog is the log of FORMAT.md, one write per call.
type collectLog struct {
	mutex sync.Mutex
	file  *os.File
	dest  string
	inst  string
}

func openLog(client string) (*collectLog, error) {
	path := strings.ReplaceAll(os.Getenv("COLLECT_LOG"), "%p", strconv.Itoa(os.Getpid()))
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	inst := fmt.Sprintf("%s-%d-%d", client, os.Getpid(), time.Now().UnixNano())
	return &collectLog{file: file, dest: os.Getenv("COLLECT_LABEL"), inst: inst}, nil
}

func (l *collectLog) line(kind string, rest fields) []byte {
	rest["t"], rest["dest"], rest["inst"] = kind, l.dest, l.inst
	rest["at"] = float64(time.Now().UnixNano()/1000) / 1000
	data, err := json.Marshal(rest)
	if err != nil {
		panic(err)
	}
	return append(data, '\n')
}

func (l *collectLog) append(data []byte) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if _, err := l.file.Write(data); err != nil {
		panic(err)
	}
}

func (l *collectLog) write(kind string, rest fields) {
	l.append(l.line(kind, rest))
}

func (l *collectLog) got(record *kgo.Record) []byte {
	headers := make([]header, 0, len(record.Headers))
	for _, h := range record.Headers {
		headers = append(headers, header{h.Key, h.Value})
	}
	var seq interface{}
	if text := last(headers, "seq"); text != nil {
		if n, err := strconv.Atoi(*text); err == nil {
			seq = n
		}
	}
	return l.line("got", fields{
		"uid": last(headers, "uid"), "key": keyText(record.Key), "seq": seq, "topic": record.Topic, "partition": record.Partition,
		"offset": record.Offset, "ts": record.Timestamp.UnixNano() / int64(time.Millisecond), "hash": messageHash(record.Key, record.Value, headers),
	})
}
