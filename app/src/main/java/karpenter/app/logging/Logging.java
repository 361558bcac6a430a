package karpenter.app.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.ILoggerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets logging up from options, without configuration files. */
public final class Logging {
    private Logging() {}

    /**
     * Sends everything from the level on as JSON lines to each path.
     *
     * @param level debug, info or error
     * @param outputPaths stdout, stderr or file paths, separated by commas
     * @throws IllegalArgumentException when a file can't be written
     */
    public static void configure(String level, String outputPaths) {
        LoggerContext context = context();
        context.reset();
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.toLevel(level));
        // The client's own chatter is of use to its developers only.
        context.getLogger("io.fabric8").setLevel(Level.ERROR);
        context.getLogger("jdk.internal").setLevel(Level.ERROR);
        for (String path : outputPaths.split(",", -1)) {
            if (!path.isBlank()) {
                root.addAppender(appender(context, path.trim()));
            }
        }
    }

    /** Drops everything, for commands that speak to people. */
    public static void silence() {
        LoggerContext context = context();
        context.reset();
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
    }

    private static LoggerContext context() {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        if (factory instanceof LoggerContext context) {
            return context;
        }
        throw new IllegalStateException("logging is bound to "
                + factory.getClass().getName() + " instead of logback; another SLF4J provider is on the class path");
    }

    private static OutputStreamAppender<ILoggingEvent> appender(LoggerContext context, String path) {
        OutputStreamAppender<ILoggingEvent> appender = switch (path) {
            case "stdout", "stderr" -> {
                ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
                console.setTarget(path.equals("stdout") ? "System.out" : "System.err");
                yield console;
            }
            default -> {
                FileAppender<ILoggingEvent> file = new FileAppender<>();
                file.setFile(path);
                yield file;
            }
        };
        JsonLogEncoder encoder = start(context, new JsonLogEncoder());
        encoder.start();
        SamplingFilter sampling = start(context, new SamplingFilter());
        sampling.start();
        appender.setContext(context);
        appender.setEncoder(encoder);
        appender.addFilter(sampling);
        appender.start();
        if (!appender.isStarted()) {
            throw new IllegalArgumentException("--log-output-paths: \"" + path + "\" can't be written");
        }
        return appender;
    }

    private static <T extends ContextAwareBase> T start(LoggerContext context, T part) {
        part.setContext(context);
        return part;
    }
}
