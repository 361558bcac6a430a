package karpenter.api;

import java.math.BigDecimal;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The grammar of quantities; source: apimachinery's {@code resource.Quantity} documentation. */
final class QuantityText {
    private static final Pattern FORM =
            Pattern.compile("([+-]?(?:\\d+\\.?\\d*|\\.\\d+))(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\\d{1,3})?");
    private static final Map<String, Integer> DECIMAL_EXPONENT =
            Map.of("n", -9, "u", -6, "m", -3, "k", 3, "M", 6, "G", 9, "T", 12, "P", 15, "E", 18);
    private static final String BINARY_PREFIXES = "KMGTPE";

    private QuantityText() {}

    static BigDecimal parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "\"" + text
                            + "\" is not a quantity; write a number with an optional suffix, for example 500m, 2, 1.5Gi or 1e3");
        }
        String digits = form.group(1);
        BigDecimal number = new BigDecimal(digits.endsWith(".") ? digits + "0" : digits);
        String suffix = form.group(2);
        if (suffix == null) {
            return number;
        }
        Integer exponent = DECIMAL_EXPONENT.get(suffix);
        if (exponent != null) {
            return number.scaleByPowerOfTen(exponent);
        }
        if (suffix.endsWith("i")) {
            int power = BINARY_PREFIXES.indexOf(suffix.charAt(0)) + 1;
            return number.multiply(BigDecimal.valueOf(1024).pow(power));
        }
        return number.scaleByPowerOfTen(Integer.parseInt(suffix.substring(1)));
    }

    /** The shortest exact binary form: the largest suffix that leaves a whole number. */
    static String binary(long bytes) {
        long left = bytes;
        int power = 0;
        while (left != 0 && left % 1024 == 0 && power < BINARY_PREFIXES.length()) {
            left /= 1024;
            power++;
        }
        return left + (power == 0 ? "" : BINARY_PREFIXES.charAt(power - 1) + "i");
    }
}
