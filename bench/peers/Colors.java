import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Aggregator;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.QueryableStoreTypes;

/**
 * The peer in Kafka Streams: {@code Colors ROLE DECLARATIONS FACTS COLORS PROPERTIES}. {@code copy} is delivery alone;
 * {@code judge} keeps what is known of each person in one store that both topics go into, writes a color for every
 * record, and answers a line on its input with the color of everybody, asked of the store.
 */
public final class Colors {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> SYMPTOMS = Set.of("fever", "cough", "fatigue");
    private static final double FEVER = 37.3;

    /** What is known of a person: whether they declared, whether they were ill, and their entries of lists. */
    private record Known(boolean declared, boolean ill, Map<String, String> entries) {
        static final Known NOTHING = new Known(false, false, Map.of());

        Known declaring(JsonNode event) {
            boolean nowIll = event.path("temperature").asDouble() >= FEVER;
            for (JsonNode symptom : event.path("symptoms")) {
                nowIll |= SYMPTOMS.contains(symptom.asText());
            }
            return new Known(true, ill || nowIll, entries);
        }

        Known listing(JsonNode event) {
            Map<String, String> more = new LinkedHashMap<>(entries);
            more.put(event.get("entry").asText(), event.get("category").asText());
            return new Known(declared, ill, more);
        }

        String color() {
            if (entries.containsValue("close_contact")) {
                return "red";
            }
            if (ill || entries.containsValue("secondary_contact")) {
                return "yellow";
            }
            return declared ? "green" : "pending";
        }
    }

    private static byte[] written(Known known) {
        StringBuilder text = new StringBuilder().append(known.declared ? '1' : '0').append(known.ill ? '1' : '0');
        known.entries.forEach((entry, category) -> text.append('\n').append(entry).append('\t').append(category));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static Known read(byte[] bytes) {
        String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n");
        Map<String, String> entries = new LinkedHashMap<>();
        for (int each = 1; each < lines.length; each++) {
            String[] parts = lines[each].split("\t");
            entries.put(parts[0], parts[1]);
        }
        return new Known(lines[0].charAt(0) == '1', lines[0].charAt(1) == '1', entries);
    }

    private static JsonNode parsed(byte[] value) {
        try {
            return JSON.readTree(value);
        } catch (java.io.IOException fault) {
            throw new java.io.UncheckedIOException(fault);
        }
    }

    private static void copy(StreamsBuilder builder, String from, String to) {
        builder.stream(from, Consumed.with(Serdes.String(), Serdes.ByteArray()))
                .to(to, Produced.with(Serdes.String(), Serdes.ByteArray()));
    }

    private static void judge(StreamsBuilder builder, String declarations, String facts, String colors) {
        Serde<Known> serde = Serdes.serdeFrom(
                (topic, known) -> known == null ? null : written(known),
                (topic, bytes) -> bytes == null ? null : read(bytes));
        Aggregator<String, byte[], Known> declaring = (subject, value, known) -> known.declaring(parsed(value));
        Aggregator<String, byte[], Known> listing = (subject, value, known) -> known.listing(parsed(value));
        Consumed<String, byte[]> wire = Consumed.with(Serdes.String(), Serdes.ByteArray());
        builder.stream(declarations, wire).groupByKey().cogroup(declaring)
                .cogroup(builder.stream(facts, wire).groupByKey(), listing)
                .aggregate(() -> Known.NOTHING, Materialized.<String, Known, KeyValueStore<Bytes, byte[]>>as("known")
                        .withKeySerde(Serdes.String()).withValueSerde(serde))
                .toStream().mapValues(Known::color)
                .to(colors, Produced.with(Serdes.String(), Serdes.String()));
    }

    private static void answer(KafkaStreams streams, PrintStream out) {
        var store = streams.store(
                StoreQueryParameters.fromNameAndType("known", QueryableStoreTypes.<String, Known>keyValueStore()));
        try (var everybody = store.all()) {
            everybody.forEachRemaining(each -> out.println(each.key + "\t" + each.value.color()));
        }
        out.println();
        out.flush();
    }

    public static void main(String[] given) throws Exception {
        Properties settings = new Properties();
        try (FileInputStream file = new FileInputStream(given[4])) {
            settings.load(file);
        }
        StreamsBuilder builder = new StreamsBuilder();
        if (given[0].equals("copy")) {
            copy(builder, given[1], given[3]);
        } else {
            judge(builder, given[1], given[2], given[3]);
        }
        // the optimizer is told by the same settings that the topology is run with
        try (KafkaStreams streams = new KafkaStreams(builder.build(settings), new StreamsConfig(settings))) {
            streams.setUncaughtExceptionHandler(fault -> {
                fault.printStackTrace();
                Runtime.getRuntime().halt(1);
                return null;
            });
            streams.start();
            PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
            BufferedReader asked = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            while (asked.readLine() != null) {
                answer(streams, out);
            }
        }
    }
}
