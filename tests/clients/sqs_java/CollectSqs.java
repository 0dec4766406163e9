import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/** A consumer of SQS with the AWS SDK for Java, as an application would write it (variables: ../README.md). Deletes only what it has logged. */
public final class CollectSqs {
    private static final int BATCH = 10;
    private static final long PAUSE_MS = 500;
    private static final long STOP_S = 25;

    /** The log of FORMAT.md: one write per call. */
    private static final class Log {
        private final FileChannel file;
        private final String dest = System.getenv("COLLECT_LABEL");
        private final String inst;

        Log() throws IOException {
            long pid = ProcessHandle.current().pid();
            Instant now = Instant.now();
            inst = "sqs-java-" + pid + "-" + (now.getEpochSecond() * 1_000_000_000L + now.getNano());
            file = FileChannel.open(Path.of(System.getenv("COLLECT_LOG").replace("%p", Long.toString(pid))), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }

        String line(String kind, String fields) {
            Instant now = Instant.now();
            double at = now.getEpochSecond() * 1000.0 + now.getNano() / 1e6;
            return "{\"t\": \"" + kind + "\", \"dest\": " + quoted(dest) + ", \"inst\": " + quoted(inst) + ", \"at\": " + String.format(java.util.Locale.ROOT, "%.3f", at) + ", " + fields + "}\n";
        }

        void append(String text) throws IOException {
            ByteBuffer data = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (data.hasRemaining()) {
                file.write(data);
            }
        }

        void write(String kind, String fields) throws IOException {
            append(line(kind, fields));
        }
    }

    private static String quoted(String text) {
        if (text == null) {
            return "null";
        }
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    private record Attribute(String type, byte[] value) {}

    private static void field(DataOutputStream out, byte[] value) throws IOException {
        out.writeInt(value == null ? -1 : value.length);
        if (value != null) {
            out.write(value);
        }
    }

    private static byte[] bytes(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] typed(String type, byte[] value) {
        byte[] head = bytes(type + "\0");
        byte[] all = Arrays.copyOf(head, head.length + value.length);
        System.arraycopy(value, 0, all, head.length, value.length);
        return all;
    }

    /** What a session's copy may carry more is left out. */
    private static String hash(String group, String body, Map<String, Attribute> attributes, String trace) throws Exception {
        Map<String, byte[]> headers = new TreeMap<>((a, b) -> Arrays.compareUnsigned(bytes(a), bytes(b)));
        for (Map.Entry<String, Attribute> entry : attributes.entrySet()) {
            if (!entry.getKey().startsWith("mirrord-")) {
                headers.put(entry.getKey(), typed(entry.getValue().type(), entry.getValue().value()));
            }
        }
        ByteArrayOutputStream raw = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(raw)) {
            field(out, bytes(group));
            field(out, bytes(body));
            out.writeInt(headers.size() + (trace == null ? 0 : 1));
            for (Map.Entry<String, byte[]> entry : headers.entrySet()) {
                field(out, bytes(entry.getKey()));
                field(out, entry.getValue());
            }
            if (trace != null) {
                field(out, bytes("AWSTraceHeader"));
                field(out, typed("system", bytes(trace)));
            }
        }
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(raw.toByteArray())).substring(0, 32);
    }

    private final SqsClient sqs = SqsClient.create();
    private final Log log = new Log();
    private final int waitSeconds = number("SQS_WAIT_S", 5);
    private final int visibleSeconds = number("SQS_VISIBILITY_S", 30);
    private final int delayMs = number("COLLECT_DELAY_MS", 0);
    private volatile boolean stopping;

    private CollectSqs() throws IOException {}

    private static int number(String name, int fallback) {
        String text = System.getenv(name);
        return text == null || text.isEmpty() ? fallback : Integer.parseInt(text);
    }

    /** The variable holds a name, a URL or an ARN, or a JSON object whose values do. */
    private List<String> urls(String value) {
        List<String> found = new ArrayList<>();
        if (value.startsWith("{")) {
            JsonNode.parser().parse(value).asObject().values().forEach(part -> found.addAll(urls(part.asString())));
        } else if (value.contains("://")) {
            found.add(value);
        } else if (value.startsWith("arn:")) {
            String[] parts = value.split(":");
            found.add(sqs.getQueueUrl(ask -> ask.queueName(parts[5]).queueOwnerAWSAccountId(parts[4])).queueUrl());
        } else {
            found.add(sqs.getQueueUrl(ask -> ask.queueName(value)).queueUrl());
        }
        return found;
    }

    private void run() throws Exception {
        List<String> urls = urls(System.getenv("SQS_QUEUE"));
        log.write("start", "\"client\": \"sqs-java\"");
        boolean joined = false;
        while (!stopping) {
            for (String url : urls) {
                boolean done = poll(url, urls.size() == 1 ? waitSeconds : 1);
                if (done && !joined) {
                    log.write("assigned", "\"partitions\": []");
                }
                joined |= done;
            }
        }
        log.write("stop", "\"clean\": true");
    }

    /** One receive and what comes of it. False when SQS did not answer as it should: the application tries again. */
    private boolean poll(String url, int seconds) throws Exception {
        try {
            List<Message> found = sqs.receiveMessage(ask -> ask.queueUrl(url).maxNumberOfMessages(delayMs > 0 ? 1 : BATCH).waitTimeSeconds(seconds)
                .visibilityTimeout(visibleSeconds).messageAttributeNames("All").messageSystemAttributeNames(MessageSystemAttributeName.ALL)).messages();
            if (!found.isEmpty()) {
                take(url, found);
            }
            return true;
        } catch (SdkException error) {
            System.err.println("SQS: " + error.getMessage());
            Thread.sleep(PAUSE_MS);
            return false;
        }
    }

    private void take(String url, List<Message> messages) throws Exception {
        String topic = url.substring(url.lastIndexOf('/') + 1);
        StringBuilder lines = new StringBuilder();
        List<DeleteMessageBatchRequestEntry> entries = new ArrayList<>();
        for (Message message : messages) {
            lines.append(log.line("got", got(topic, message)));
            entries.add(DeleteMessageBatchRequestEntry.builder().id(Integer.toString(entries.size())).receiptHandle(message.receiptHandle()).build());
        }
        log.append(lines.toString());
        Thread.sleep(delayMs);
        List<String> deleted = new ArrayList<>();
        sqs.deleteMessageBatch(ask -> ask.queueUrl(url).entries(entries)).successful()
            .forEach(done -> deleted.add(quoted(messages.get(Integer.parseInt(done.id())).messageId())));
        if (!deleted.isEmpty()) {
            log.write("deleted", "\"topic\": " + quoted(topic) + ", \"ids\": [" + String.join(", ", deleted) + "]");
        }
    }

    private String got(String topic, Message message) throws Exception {
        Map<String, Attribute> attributes = new TreeMap<>();
        message.messageAttributes().forEach((name, value) -> {
            SdkBytes binary = value.binaryValue();
            attributes.put(name, new Attribute(value.dataType(), value.dataType().startsWith("Binary") ? binary.asByteArray() : bytes(value.stringValue())));
        });
        String group = message.attributes().get(MessageSystemAttributeName.MESSAGE_GROUP_ID);
        String trace = message.attributes().get(MessageSystemAttributeName.AWS_TRACE_HEADER);
        String seq = text(attributes, "seq");
        return "\"uid\": " + quoted(text(attributes, "uid")) + ", \"key\": " + quoted(group) + ", \"seq\": " + (seq != null && seq.matches("-?\\d+") ? seq : "null")
            + ", \"topic\": " + quoted(topic) + ", \"partition\": null, \"offset\": " + quoted(message.messageId()) + ", \"ts\": null, \"hash\": "
            + quoted(hash(group, message.body(), attributes, trace));
    }

    private static String text(Map<String, Attribute> attributes, String name) {
        return attributes.containsKey(name) ? new String(attributes.get(name).value(), StandardCharsets.UTF_8) : null;
    }

    private static byte[] bytesOf(JsonNode value) {
        return value.isObject() ? HexFormat.of().parseHex(value.asObject().get("hex").asString()) : bytes(value.asString());
    }

    /** Prints the hashes of the vectors. */
    private static void selfTest(String path) throws Exception {
        for (JsonNode vector : JsonNode.parser().parse(java.nio.file.Files.newInputStream(Path.of(path))).asArray()) {
            Map<String, JsonNode> fields = vector.asObject();
            Map<String, Attribute> attributes = new TreeMap<>();
            for (JsonNode attribute : fields.get("attributes").asArray()) {
                List<JsonNode> parts = attribute.asArray();
                attributes.put(parts.get(0).asString(), new Attribute(parts.get(1).asString(), bytesOf(parts.get(2))));
            }
            String group = fields.get("group").isNull() ? null : fields.get("group").asString();
            String trace = fields.get("trace").isNull() ? null : fields.get("trace").asString();
            System.out.println(hash(group, fields.get("body").asString(), attributes, trace));
        }
    }

    public static void main(String[] args) throws Exception {
        String vectors = System.getenv("COLLECT_SELF_TEST");
        if (vectors != null) {
            selfTest(vectors);
            return;
        }
        CollectSqs collector = new CollectSqs();
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            collector.stopping = true;
            try {
                if (!ended.await(STOP_S, TimeUnit.SECONDS)) {
                    Runtime.getRuntime().halt(1);
                }
                // A signal would else be the exit status of a clean end.
                Runtime.getRuntime().halt(0);
            } catch (InterruptedException error) {
                Runtime.getRuntime().halt(1);
            }
        }));
        collector.run();
        ended.countDown();
    }
}
