// The log of FORMAT.md: one write per call. Owns the file and the identity of this process in it.
'use strict'

const crypto = require('crypto')
const fs = require('fs')

const field = value => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(value === null ? 0xffffffff : value.length)
  return value === null ? [length] : [length, value]
}

const messageHash = (key, value, headers) => {
  const count = Buffer.alloc(4)
  count.writeUInt32BE(headers.length)
  const parts = [...field(key), ...field(value), count]
  for (const [name, header] of headers) parts.push(...field(Buffer.from(name)), ...field(header))
  return crypto.createHash('sha256').update(Buffer.concat(parts)).digest('hex').slice(0, 32)
}

const keyText = key => {
  if (key === null) return null
  const text = key.toString()
  return Buffer.from(text).equals(key) ? text : `hex:${key.toString('hex')}`
}

const last = (headers, name) => {
  const found = headers.filter(([n, value]) => n === name && value !== null).pop()
  return found ? found[1].toString() : null
}

class CollectLog {
  constructor(client) {
    this.dest = process.env.COLLECT_LABEL
    this.inst = `${client}-${process.pid}-${process.hrtime.bigint()}`
    this.file = fs.openSync(process.env.COLLECT_LOG.replace('%p', process.pid), 'a', 0o644)
  }

  line(t, fields) {
    return JSON.stringify({ t, dest: this.dest, inst: this.inst, at: performance.timeOrigin + performance.now(), ...fields }) + '\n'
  }

  append(text) {
    let data = Buffer.from(text)
    while (data.length) data = data.subarray(fs.writeSync(this.file, data))
  }

  write(t, fields) {
    this.append(this.line(t, fields))
  }

  // messages: {offset, timestamp, key, value, headers as [[name, Buffer or null]]} of one partition.
  got(topic, partition, messages) {
    this.append(messages.map(({ offset, timestamp, key, value, headers }) => {
      const seq = Number(last(headers, 'seq'))
      return this.line('got', {
        uid: last(headers, 'uid'), key: keyText(key), seq: Number.isInteger(seq) ? seq : null, topic, partition, offset: Number(offset),
        ts: Number(timestamp), hash: messageHash(key, value, headers),
      })
    }).join(''))
  }
}

// Prints the hashes of the vectors.
const selfTest = path => {
  const bytes = value => (value === null ? null : typeof value === 'object' ? Buffer.from(value.hex, 'hex') : Buffer.from(value))
  for (const { key, value, headers } of JSON.parse(fs.readFileSync(path, 'utf8'))) {
    console.log(messageHash(bytes(key), bytes(value), headers.map(([name, header]) => [name, bytes(header)])))
  }
}

module.exports = { CollectLog, selfTest }
