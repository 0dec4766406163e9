// A consumer with sqs-consumer and aws-sdk-js, as an application would write it (variables: ../README.md). Deletes only what it has logged.
'use strict'

const { GetQueueUrlCommand, SQSClient } = require('@aws-sdk/client-sqs')
const { Consumer } = require('sqs-consumer')
const { CollectLog, selfTest } = require('./collect_log')

const env = process.env
const number = (name, fallback) => Number(env[name] || fallback)
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

const STOP_MS = 25000

// SQS_QUEUE holds a name, a URL or an ARN, or a JSON object whose values do.
const queueUrls = async (sqs, value) => {
  if (value.startsWith('{')) return (await Promise.all(Object.values(JSON.parse(value)).map(part => queueUrls(sqs, part)))).flat()
  if (value.includes('://')) return [value]
  const [, , , , account, name] = value.split(':')
  const asked = value.startsWith('arn:') ? { QueueName: name, QueueOwnerAWSAccountId: account } : { QueueName: value }
  return [(await sqs.send(new GetQueueUrlCommand(asked))).QueueUrl]
}

class Collector {
  constructor() {
    this.log = new CollectLog('sqs-consumer')
    this.sqs = new SQSClient({})
    this.delayMs = number('COLLECT_DELAY_MS', 0)
    this.consumers = []
  }

  async run() {
    const urls = await queueUrls(this.sqs, env.SQS_QUEUE)
    this.log.write('start', { client: 'sqs-consumer', queues: urls })
    this.consumers = urls.map(url => this.consumer(url))
    for (const consumer of this.consumers) consumer.start()
    this.log.write('assigned', { partitions: [] })
  }

  consumer(url) {
    const topic = url.slice(url.lastIndexOf('/') + 1)
    const consumer = Consumer.create({
      queueUrl: url, sqs: this.sqs, batchSize: this.delayMs ? 1 : 10, waitTimeSeconds: number('SQS_WAIT_S', 5), visibilityTimeout: number('SQS_VISIBILITY_S', 30),
      attributeNames: ['All'], messageAttributeNames: ['All'], pollingCompleteWaitTimeMs: STOP_MS, suppressFifoWarning: true,
      handleMessageBatch: async messages => {
        this.log.got(topic, messages)
        if (this.delayMs) await sleep(this.delayMs)
        return messages
      },
    })
    for (const event of ['error', 'processing_error', 'timeout_error']) consumer.on(event, error => console.error(`${event}: ${error.message}`))
    // Said of each message when it was deleted.
    consumer.on('message_processed', message => this.log.write('deleted', { topic, ids: [message.MessageId] }))
    return consumer
  }

  async stop() {
    if (this.stopping) return
    this.stopping = true
    setTimeout(() => process.exit(1), STOP_MS).unref()
    const stopped = this.consumers.map(consumer => new Promise(resolve => consumer.once('stopped', resolve)))
    for (const consumer of this.consumers) consumer.stop()
    await Promise.all(stopped)
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
