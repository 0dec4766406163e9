# shellcheck shell=bash
# The SQS servers of the tests: the jars of ElasticMQ and a Python of moto's own; testbed/sqs runs them.

elasticmq_build() {
    mvn -B -q -ntp -f "$TESTBED/sqs/elasticmq/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$1"
}

elasticmq_need() {
    local version
    packages_need java || return
    version=$(sed -n 's:.*<elasticmq.version>\(.*\)</elasticmq.version>.*:\1:p' "$TESTBED/sqs/elasticmq/pom.xml")
    cache_get elasticmq "setting up ElasticMQ $version" elasticmq_build "$TESTBED/sqs/elasticmq/pom.xml" || return
    export SLUICE_ELASTICMQ_JARS=$REPLY
}

moto_build() { python_fill "$1" "$TESTBED/sqs/moto/requirements.txt"; }

moto_need() {
    python_base_need || return
    python_cache moto "setting up moto" moto_build "$TESTBED/sqs/moto/requirements.txt" || return
    export SLUICE_MOTO_PYTHON=$REPLY/bin/python
}

sqs_need() { elasticmq_need && moto_need; }
