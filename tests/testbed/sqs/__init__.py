"""SQS servers for tests: ElasticMQ, moto, and a scripted one of our own that does what neither does."""
