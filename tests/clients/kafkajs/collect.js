// A consumer with kafkajs, as an application would write it (variables: ../README.md). Commits only what it has logged.
'use strict'

const { headersOf } = require('./headers')
const { CollectLog, selfTest } = require('./collect_log')
const { Kafka, KafkaJSProtocolError, logLevel } = require('kafkajs')

const env = process.env
const number = (name, fallback) => Number(env[name] || fallback)
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

const STOP_MS = 25000

class Collector {
  constructor() {
    this.topic = env.KAFKA_TOPIC_NAME
    this.log = new CollectLog('kafkajs')
    this.commitEvery = number('COMMIT_EVERY', 100)
    this.delayMs = number('COLLECT_DELAY_MS', 0)
    this.done = new Map() // partition -> next offset, logged and not committed
    this.doneCount = 0
    this.chunk = this.delayMs ? 1 : 500
    const kafka = new Kafka({
      clientId: 'collect', brokers: [env.KAFKA_BOOTSTRAP], logLevel: logLevel.WARN, retry: { retries: 1000, initialRetryTime: 100, maxRetryTime: 1000 },
    })
    const session = number('SESSION_TIMEOUT_MS', 6000)
    this.consumer = kafka.consumer({
      groupId: env.KAFKA_GROUP_ID, sessionTimeout: session, heartbeatInterval: Math.max(100, session / 6), metadataMaxAge: 5000,
      rebalanceTimeout: 10000, maxWaitTimeInMs: 100, allowAutoTopicCreation: (env.ALLOW_AUTO_CREATE || 'true') === 'true',
      readUncommitted: (env.ISOLATION || 'read_committed') === 'read_uncommitted',
      retry: { retries: 1000, initialRetryTime: 100, maxRetryTime: 1000 },
    })
  }

  async run() {
    this.log.write('start', { client: 'kafkajs', topic: this.topic, group: env.KAFKA_GROUP_ID })
    const { GROUP_JOIN, REBALANCING, CRASH } = this.consumer.events
    this.consumer.on(GROUP_JOIN, ({ payload }) => {
      this.forget()
      this.log.write('assigned', { partitions: payload.memberAssignment[this.topic] || [] })
    })
    this.consumer.on(REBALANCING, () => this.log.write('revoked', { partitions: [] }))
    this.consumer.on(CRASH, ({ payload }) => {
      if (payload.restart) return
      console.error(payload.error)
      process.exit(1)
    })
    await this.consumer.connect()
    await this.consumer.subscribe({ topics: [this.topic], fromBeginning: env.AUTO_OFFSET_RESET === 'earliest' })
    await this.consumer.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: 1, eachBatch: batch => this.take(batch) })
    this.timer = setInterval(() => this.commit(), number('COMMIT_INTERVAL_MS', 500))
  }

  forget() {
    this.done.clear()
    this.doneCount = 0
  }

  async take({ batch, resolveOffset, heartbeat, isRunning, isStale }) {
    for (let start = 0; start < batch.messages.length; start += this.chunk) {
      if (!isRunning() || isStale()) return
      const messages = batch.messages.slice(start, start + this.chunk).map(m => ({ ...m, headers: headersOf(m) }))
      this.log.got(batch.topic, batch.partition, messages)
      const last = messages[messages.length - 1].offset
      resolveOffset(last)
      this.done.set(batch.partition, BigInt(last) + 1n)
      this.doneCount += messages.length
      if (this.delayMs) await sleep(this.delayMs)
      if (this.doneCount >= this.commitEvery) await this.commit()
      await heartbeat()
    }
  }

  // Commits and logs what the broker took; one at a time. A refusal means that another member has it now.
  commit() {
    this.committing = (this.committing || Promise.resolve()).then(() => this.commitNow())
    return this.committing
  }

  async commitNow() {
    const taken = [...this.done].map(([partition, offset]) => ({ topic: this.topic, partition, offset: String(offset) }))
    if (!taken.length) return
    this.doneCount = 0
    try {
      await this.consumer.commitOffsets(taken)
    } catch (error) {
      console.error(`commit refused: ${error.message}`)
      if (!(error instanceof KafkaJSProtocolError)) return
      for (const { partition } of taken) this.done.delete(partition)
      return
    }
    for (const { topic, partition, offset } of taken) {
      this.log.write('commit', { topic, partition, offset: Number(offset) })
      if (String(this.done.get(partition)) === offset) this.done.delete(partition)
    }
  }

  async stop() {
    if (this.stopping) return
    this.stopping = true
    setTimeout(() => process.exit(1), STOP_MS).unref()
    clearInterval(this.timer)
    this.consumer.pause([{ topic: this.topic }])
    await this.commit()
    await this.consumer.stop()
    await this.commit()
    await this.consumer.disconnect()
    this.log.write('stop', { clean: true })
    process.exit(0)
  }
}

const main = async () => {
  if (env.COLLECT_SELF_TEST) return selfTest(env.COLLECT_SELF_TEST)
  const collector = new Collector()
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => collector.stop().catch(error => {
      console.error(error)
      process.exit(1)
    }))
  }
  await collector.run()
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})
