# shellcheck shell=bash
# The jars of the Kafka broker; broker.py runs them.

kafka_build() {
    mvn -B -q -ntp -f "$TESTBED/kafka/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$1"
}

kafka_need() {
    local version
    packages_need java || return
    version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$TESTBED/kafka/pom.xml")
    cache_get kafka "setting up Kafka $version" kafka_build "$TESTBED/kafka/pom.xml" || return
    export SLUICE_KAFKA_JARS=$REPLY
}
