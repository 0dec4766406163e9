import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A consumer with kafka-clients, as an application would write it (variables: ../README.md). Commits only what it has logged. */
public final class Collect implements ConsumerRebalanceListener {
    private static final long STOP_MS = 25000;
    private static final Duration POLL = Duration.ofMillis(100);

    private final Log log = new Log();
    private final String topic = System.getenv("KAFKA_TOPIC_NAME");
    private final long commitEvery = number("COMMIT_EVERY", 100);
    private final long commitIntervalNs = TimeUnit.MILLISECONDS.toNanos(number("COMMIT_INTERVAL_MS", 500));
    private final long delayMs = number("COLLECT_DELAY_MS", 0);
    private final Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
    private long doneCount;
    private long committedNs = System.nanoTime();
    private volatile boolean stopping;
    private final KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(configuration());

    private Collect() throws IOException {}

    static String text(String name, String fallback) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? fallback : value;
    }

    static long number(String name, long fallback) {
        return Long.parseLong(text(name, Long.toString(fallback)));
    }

    private static Properties configuration() {
        Properties config = new Properties();
        config.put("bootstrap.servers", System.getenv("KAFKA_BOOTSTRAP"));
        config.put("group.id", System.getenv("KAFKA_GROUP_ID"));
        config.put("auto.offset.reset", text("AUTO_OFFSET_RESET", "latest"));
        config.put("isolation.level", text("ISOLATION", "read_committed"));
        config.put("enable.auto.commit", "false");
        config.put("metadata.max.age.ms", "5000");
        config.put("reconnect.backoff.max.ms", "1000");
        config.put("allow.auto.create.topics", text("ALLOW_AUTO_CREATE", "true"));
        if (number("COLLECT_DELAY_MS", 0) > 0) {
            config.put("max.poll.records", "1");
        }
        String protocol = text("GROUP_PROTOCOL", "classic");
        config.put("group.protocol", protocol);
        if (protocol.equals("classic")) {
            long session = number("SESSION_TIMEOUT_MS", 6000);
            config.put("session.timeout.ms", Long.toString(session));
            config.put("heartbeat.interval.ms", Long.toString(Math.max(100, session / 6)));
            switch (text("ASSIGNOR", "")) {
                case "range" -> config.put("partition.assignment.strategy", "org.apache.kafka.clients.consumer.RangeAssignor");
                case "cooperative-sticky" ->
                    config.put("partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
                default -> { }
            }
        }
        if (!text("GROUP_INSTANCE_ID", "").isEmpty()) {
            config.put("group.instance.id", System.getenv("GROUP_INSTANCE_ID"));
        }
        config.put("key.deserializer", ByteArrayDeserializer.class.getName());
        config.put("value.deserializer", ByteArrayDeserializer.class.getName());
        return config;
    }

    private void run() throws Exception {
        log.write("start", ",\"client\":\"java\",\"topic\":" + Log.quote(topic) + ",\"group\":" + Log.quote(System.getenv("KAFKA_GROUP_ID")));
        try (consumer) {
            consumer.subscribe(List.of(topic), this);
            while (!stopping) {
                take(poll());
                boolean due = doneCount >= commitEvery || System.nanoTime() - committedNs >= commitIntervalNs;
                if (doneCount > 0 && due) {
                    commit(new HashMap<>(done));
                }
            }
            commit(new HashMap<>(done));
        }
        log.write("stop", ",\"clean\":true");
    }

    private ConsumerRecords<byte[], byte[]> poll() {
        try {
            return consumer.poll(POLL);
        } catch (WakeupException error) {
            return ConsumerRecords.empty();
        }
    }

    private void take(ConsumerRecords<byte[], byte[]> records) throws Exception {
        StringBuilder lines = new StringBuilder();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            lines.append(log.got(record));
            done.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
            doneCount++;
        }
        log.append(lines.toString());
        if (delayMs > 0 && !records.isEmpty()) {
            Thread.sleep(delayMs * records.count());
        }
    }

    /** The wake-up of the signal comes once, and may come here. */
    private void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
        try {
            consumer.commitSync(offsets);
        } catch (WakeupException error) {
            consumer.commitSync(offsets);
        }
    }

    /** Commits and logs what the broker took; a refusal means that another member has it now. */
    private void commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        committedNs = System.nanoTime();
        if (offsets.isEmpty()) {
            return;
        }
        try {
            commitSync(offsets);
        } catch (CommitFailedException | RebalanceInProgressException | RetriableException error) {
            System.err.println("commit refused: " + error);
            return;
        }
        offsets.forEach((place, offset) -> {
            log.commit(place, offset.offset());
            done.remove(place, offset);
        });
        doneCount = 0;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        log.partitions("assigned", partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>(done);
        offsets.keySet().retainAll(partitions);
        try {
            commit(offsets);
        } catch (KafkaException error) {
            System.err.println("commit at revocation failed: " + error);
        }
        onPartitionsLost(partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        done.keySet().removeAll(partitions);
        log.partitions("revoked", partitions);
    }

    public static void main(String[] arguments) throws Exception {
        String vectors = System.getenv("COLLECT_SELF_TEST");
        if (vectors != null) {
            Vectors.print(Files.readString(Path.of(vectors)));
            return;
        }
        Collect collect = new Collect();
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            collect.stopping = true;
            collect.consumer.wakeup();
            try {
                if (!ended.await(STOP_MS, TimeUnit.MILLISECONDS)) {
                    System.err.println("did not end in time");
                }
            } catch (InterruptedException error) {
                Thread.currentThread().interrupt();
            }
            // After a signal the virtual machine would say 143.
            Runtime.getRuntime().halt(collect.log.isClean() ? 0 : 1);
        }));
        try {
            collect.run();
        } catch (Exception error) {
            error.printStackTrace();
        } finally {
            ended.countDown();
        }
        System.exit(1);
    }
}

/** The log file of FORMAT.md, one write per call. */
final class Log {
    private final String dest = System.getenv("COLLECT_LABEL");
    private final String inst = "java-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    private final FileOutputStream file;
    private volatile boolean clean;

    Log() throws IOException {
        String path = System.getenv("COLLECT_LOG");
        file = path == null ? null : new FileOutputStream(path.replace("%p", Long.toString(ProcessHandle.current().pid())), true);
    }

    boolean isClean() {
        return clean;
    }

    static String quote(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || Character.isSurrogate(c)) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    private String line(String kind, String rest) {
        Instant now = Instant.now();
        String at = String.format("%d.%03d", now.toEpochMilli(), now.getNano() / 1000 % 1000);
        return "{\"t\":\"" + kind + "\",\"dest\":" + quote(dest) + ",\"inst\":\"" + inst + "\",\"at\":" + at + rest + "}\n";
    }

    synchronized void append(String lines) {
        try {
            file.write(lines.getBytes(StandardCharsets.UTF_8));
        } catch (IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
    }

    void write(String kind, String rest) {
        append(line(kind, rest));
        clean = kind.equals("stop");
    }

    void commit(TopicPartition place, long offset) {
        write("commit", ",\"topic\":" + quote(place.topic()) + ",\"partition\":" + place.partition() + ",\"offset\":" + offset);
    }

    void partitions(String kind, Collection<TopicPartition> partitions) {
        TreeSet<Integer> numbers = new TreeSet<>();
        partitions.forEach(place -> numbers.add(place.partition()));
        write(kind, ",\"partitions\":" + numbers);
    }

    String got(ConsumerRecord<byte[], byte[]> record) throws Exception {
        String seq = last(record, "seq");
        String uid = last(record, "uid");
        return line("got", ",\"uid\":" + (uid == null ? "null" : quote(uid)) + ",\"key\":" + key(record.key()) + ",\"seq\":"
            + (seq != null && seq.matches("-?\\d+") ? seq : "null") + ",\"topic\":" + quote(record.topic()) + ",\"partition\":"
            + record.partition() + ",\"offset\":" + record.offset() + ",\"ts\":" + record.timestamp() + ",\"hash\":\""
            + Canon.hash(record.key(), record.value(), headers(record)) + "\"");
    }

    private static List<Map.Entry<String, byte[]>> headers(ConsumerRecord<byte[], byte[]> record) {
        List<Map.Entry<String, byte[]>> found = new ArrayList<>();
        for (Header header : record.headers()) {
            found.add(new java.util.AbstractMap.SimpleEntry<>(header.key(), header.value()));
        }
        return found;
    }

    private static String last(ConsumerRecord<byte[], byte[]> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }

    private static String key(byte[] key) {
        if (key == null) {
            return "null";
        }
        try {
            return quote(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString());
        } catch (CharacterCodingException error) {
            return quote("hex:" + HexFormat.of().formatHex(key));
        }
    }
}

/** The hash of FORMAT.md. */
final class Canon {
    private Canon() {}

    private static void number(MessageDigest digest, int value) {
        digest.update(ByteBuffer.allocate(4).putInt(value).array());
    }

    private static void field(MessageDigest digest, byte[] value) {
        number(digest, value == null ? -1 : value.length);
        if (value != null) {
            digest.update(value);
        }
    }

    static String hash(byte[] key, byte[] value, List<Map.Entry<String, byte[]>> headers) throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        field(digest, key);
        field(digest, value);
        number(digest, headers.size());
        for (Map.Entry<String, byte[]> header : headers) {
            field(digest, header.getKey().getBytes(StandardCharsets.UTF_8));
            field(digest, header.getValue());
        }
        return HexFormat.of().formatHex(digest.digest()).substring(0, 32);
    }
}

/** Reads vectors.json, for the self test only: objects, lists, strings with escapes, null. */
final class Vectors {
    private final String text;
    private int place;

    private Vectors(String text) {
        this.text = text;
    }

    private char peek() {
        while (Character.isWhitespace(text.charAt(place)) || text.charAt(place) == ',' || text.charAt(place) == ':') {
            place++;
        }
        return text.charAt(place);
    }

    private Object read() {
        switch (peek()) {
            case '[' -> {
                List<Object> list = new ArrayList<>();
                for (place++; peek() != ']';) {
                    list.add(read());
                }
                place++;
                return list;
            }
            case '{' -> {
                Map<String, Object> map = new HashMap<>();
                for (place++; peek() != '}';) {
                    String name = (String) read();
                    map.put(name, read());
                }
                place++;
                return map;
            }
            case 'n' -> {
                place += 4;
                return null;
            }
            default -> {
                return string();
            }
        }
    }

    private String string() {
        StringBuilder out = new StringBuilder();
        for (place++; text.charAt(place) != '"'; place++) {
            if (text.charAt(place) == '\\') {
                place++;
                if (text.charAt(place) == 'u') {
                    out.append((char) Integer.parseInt(text.substring(place + 1, place + 5), 16));
                    place += 4;
                    continue;
                }
            }
            out.append(text.charAt(place));
        }
        place++;
        return out.toString();
    }

    private static byte[] bytes(Object value) {
        if (value instanceof Map<?, ?> map) {
            return HexFormat.of().parseHex((String) map.get("hex"));
        }
        return value == null ? null : ((String) value).getBytes(StandardCharsets.UTF_8);
    }

    static void print(String text) throws NoSuchAlgorithmException {
        for (Object entry : (List<?>) new Vectors(text).read()) {
            Map<?, ?> vector = (Map<?, ?>) entry;
            List<Map.Entry<String, byte[]>> headers = new ArrayList<>();
            for (Object pair : (List<?>) vector.get("headers")) {
                List<?> header = (List<?>) pair;
                headers.add(new java.util.AbstractMap.SimpleEntry<>((String) header.get(0), bytes(header.get(1))));
            }
            System.out.println(Canon.hash(bytes(vector.get("key")), bytes(vector.get("value")), headers));
        }
    }
}
