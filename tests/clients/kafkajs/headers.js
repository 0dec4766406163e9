// kafkajs gives headers as an object, which loses the order of headers that occur twice. This stands before its decoder of one header and numbers the names,
// so that every header arrives; the numbers are taken away again here. Everything else of the library is as published. Must be required before kafkajs.
'use strict'

const path = require.resolve('kafkajs/src/protocol/recordBatch/header/v0/decoder')
const decode = require(path)

let count = 0
require.cache[path].exports = decoder => {
  const { key, value } = decode(decoder)
  count += 1
  return { key: `${count}:${key}`, value }
}

// [[name, Buffer or null], ...] in the order of the record.
exports.headersOf = message =>
  Object.entries(message.headers || {})
    .map(([name, value]) => [Number(name.slice(0, name.indexOf(':'))), name.slice(name.indexOf(':') + 1), value])
    .sort((one, two) => one[0] - two[0])
    .map(([, name, value]) => [name, value])
