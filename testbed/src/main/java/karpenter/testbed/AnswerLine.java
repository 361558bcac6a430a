package karpenter.testbed;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One line that {@code cluster} printed: a JSON object of strings, numbers and objects of the same. No more of JSON is
 * read, so that this module needs the JDK only.
 */
final class AnswerLine {
    private final String text;
    private int position;

    private AnswerLine(String text) {
        this.text = text;
    }

    /**
     * Returns the members of the object, nested ones as {@code outer.inner}; numbers as they are written.
     *
     * @throws IllegalStateException if the line is anything else
     */
    static Map<String, String> parse(String line) {
        AnswerLine reader = new AnswerLine(line);
        Map<String, String> members = new LinkedHashMap<>();
        reader.object("", members);
        if (reader.position != line.length()) {
            throw reader.unexpected("the end of the line");
        }
        return members;
    }

    private void object(String prefix, Map<String, String> members) {
        expect('{');
        if (peek() == '}') {
            position++;
            return;
        }
        while (true) {
            String name = prefix + string();
            expect(':');
            if (peek() == '{') {
                object(name + ".", members);
            } else {
                members.put(name, peek() == '"' ? string() : number());
            }
            if (peek() != ',') {
                break;
            }
            position++;
        }
        expect('}');
    }

    private String string() {
        expect('"');
        StringBuilder value = new StringBuilder();
        while (peek() != '"') {
            char next = text.charAt(position++);
            value.append(next == '\\' ? escaped() : next);
        }
        position++;
        return value.toString();
    }

    private char escaped() {
        char kind = peek();
        position++;
        return switch (kind) {
            case '"', '\\', '/' -> kind;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> codeUnit();
            default -> throw unexpected("an escape");
        };
    }

    private char codeUnit() {
        if (position + 4 > text.length()) {
            throw unexpected("four hexadecimal digits");
        }
        try {
            int unit = Integer.parseInt(text, position, position + 4, 16);
            position += 4;
            return (char) unit;
        } catch (NumberFormatException e) {
            throw unexpected("four hexadecimal digits");
        }
    }

    private String number() {
        int begin = position;
        while ("+-.eE0123456789".indexOf(peek()) >= 0) {
            position++;
        }
        if (position == begin) {
            throw unexpected("a string, a number or an object");
        }
        return text.substring(begin, position);
    }

    private void expect(char wanted) {
        if (peek() != wanted) {
            throw unexpected("'" + wanted + "'");
        }
        position++;
    }

    private char peek() {
        if (position >= text.length()) {
            throw unexpected("more");
        }
        return text.charAt(position);
    }

    private IllegalStateException unexpected(String wanted) {
        return new IllegalStateException("cluster printed \"" + text + "\": " + wanted + " was expected at " + position
                + ". Maybe testbed/bin is of another version: run ./x setup");
    }
}
