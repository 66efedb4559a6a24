import java.io.IOException;
import java.nio.file.Path;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementService;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.io.fs.FileUtils;

/**
 * A real Neo4j Community server on Bolt: java -cp "lib/*" Neo4jServer.java HOME PORT [read-only].
 *
 * <p>Prints "ready", then runs until its standard input ends: whoever started it may die in any way and leaves neither
 * server nor home behind.
 */
public class Neo4jServer {
    public static void main(String[] args) throws IOException {
        DatabaseManagementService server = new DatabaseManagementServiceBuilder(Path.of(args[0]))
            .setConfig(BoltConnector.enabled, true)
            .setConfig(BoltConnector.listen_address, new SocketAddress("127.0.0.1", Integer.parseInt(args[1])))
            .setConfig(GraphDatabaseSettings.auth_enabled, true)
            .setConfig(GraphDatabaseSettings.pagecache_memory, 64L << 20)
            .setConfig(GraphDatabaseSettings.preallocate_logical_logs, false)
            .setConfig(GraphDatabaseSettings.udc_enabled, false)
            .setConfig(GraphDatabaseSettings.read_only_database_default, args.length > 2)
            .build();
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown));
        System.out.println("ready");
        while (System.in.read() >= 0) {
            // Nothing is said on standard input; only its end matters.
        }
        server.shutdown();
        FileUtils.deleteDirectory(Path.of(args[0]));
        Runtime.getRuntime().halt(0);
    }
}
