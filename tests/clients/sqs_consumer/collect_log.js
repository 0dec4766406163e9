// The log of FORMAT.md for messages of SQS: one write per call. Owns the file and the identity of this process in it.
'use strict'

const crypto = require('crypto')
const fs = require('fs')

const field = value => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(value === null ? 0xffffffff : value.length)
  return value === null ? [length] : [length, value]
}

const byName = ([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))

// attributes: [[name, type, Buffer]]. What a session's copy may carry more is left out.
const messageHash = (group, body, attributes, trace) => {
  const headers = attributes.filter(([name]) => !name.startsWith('mirrord-')).sort(byName)
    .map(([name, type, value]) => [name, Buffer.concat([Buffer.from(`${type}\0`), value])])
  if (trace !== null) headers.push(['AWSTraceHeader', Buffer.from(`system\0${trace}`)])
  const count = Buffer.alloc(4)
  count.writeUInt32BE(headers.length)
  const parts = [...field(group === null ? null : Buffer.from(group)), ...field(Buffer.from(body)), count]
  for (const [name, value] of headers) parts.push(...field(Buffer.from(name)), ...field(value))
  return crypto.createHash('sha256').update(Buffer.concat(parts)).digest('hex').slice(0, 32)
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

  // messages: as aws-sdk-js gives them.
  got(topic, messages) {
    this.append(messages.map(({ MessageId, Body, Attributes = {}, MessageAttributes = {} }) => {
      const attributes = Object.entries(MessageAttributes)
        .map(([name, { DataType, StringValue, BinaryValue }]) => [name, DataType, Buffer.from(DataType.startsWith('Binary') ? BinaryValue : StringValue)])
      const named = name => attributes.find(([n]) => n === name)?.[2].toString() ?? null
      const seq = Number(named('seq') ?? NaN)
      const group = Attributes.MessageGroupId ?? null
      return this.line('got', {
        uid: named('uid'), key: group, seq: Number.isInteger(seq) ? seq : null, topic, partition: null, offset: MessageId, ts: null,
        hash: messageHash(group, Body, attributes, Attributes.AWSTraceHeader ?? null),
      })
    }).join(''))
  }
}

// Prints the hashes of the vectors.
const selfTest = path => {
  const bytes = value => (typeof value === 'object' ? Buffer.from(value.hex, 'hex') : Buffer.from(value))
  for (const { group, body, attributes, trace } of JSON.parse(fs.readFileSync(path, 'utf8'))) {
    console.log(messageHash(group, body, attributes.map(([name, type, value]) => [name, type, bytes(value)]), trace))
  }
}

module.exports = { CollectLog, selfTest }
