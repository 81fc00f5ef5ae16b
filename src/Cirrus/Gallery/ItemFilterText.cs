using System.Text;
using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>A filter as people write it: <c>path:holiday/** date>=2024 (width>=1000 or height>=1000) !format:gif,png</c>.</summary>
/// <remarks>
/// All of the tests between spaces hold; <c>or</c> joins alternatives, parentheses group, <c>!</c> before a test turns it round.
/// Commas are alternatives of one test. A value with spaces, commas or parentheses stands in double quotes.
/// </remarks>
public static class ItemFilterText
{
    private const int Longest = 8192;

    /// <exception cref="CirrusException">It cannot be read; the message says what is wrong.</exception>
    public static ItemFilter Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > Longest)
            throw ItemFilter.Wrong($"it has more than {Longest} characters");
        int at = 0;
        ItemFilter filter = Alternatives(text, ref at, 1);
        return at == text.Length ? filter.Checked() : throw ItemFilter.Wrong("a ) has no (");
    }

    private static ItemFilter Alternatives(string text, ref int at, int level)
    {
        if (level > ItemFilter.Deepest)
            throw ItemFilter.Wrong($"it has more than {ItemFilter.Deepest} levels");
        List<ItemFilter> any = [Together(text, ref at, level)];
        while (IsOr(text, at))
        {
            at += 2;
            any.Add(Together(text, ref at, level));
        }
        return any.Count == 1 ? any[0] : new ItemFilter.Any(any);
    }

    private static ItemFilter Together(string text, ref int at, int level)
    {
        List<ItemFilter> all = [];
        for (Skip(text, ref at); at < text.Length && text[at] != ')' && !IsOr(text, at); Skip(text, ref at))
            all.Add(Part(text, ref at, level));
        return all.Count switch
        {
            0 => throw ItemFilter.Wrong("a test is missing"),
            1 => all[0],
            _ => new ItemFilter.All(all),
        };
    }

    private static ItemFilter Part(string text, ref int at, int level)
    {
        bool not = text[at] == '!';
        if (not && (++at == text.Length || text[at] is '!' or ' '))
            throw ItemFilter.Wrong("after ! stands a test");
        ItemFilter part;
        if (text[at] == '(')
        {
            at++;
            part = Alternatives(text, ref at, level + 1);
            if (at == text.Length)
                throw ItemFilter.Wrong("a ( has no )");
            at++;
        }
        else
        {
            part = Test(text, ref at);
        }
        return not ? new ItemFilter.Not(part) : part;
    }

    private static ItemFilter Test(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && char.IsAsciiLetter(text[at]))
            at++;
        string field = text[start..at];
        foreach ((string name, _) in ItemTests.Operators)
            if (string.CompareOrdinal(text, at, name, 0, name.Length) == 0)
            {
                at += name.Length;
                return ItemTests.Create(field, name, Values(text, ref at));
            }
        throw ItemFilter.Wrong($"at '{text.AsSpan(start, Math.Min(20, text.Length - start))}' stands no test like width>=1000");
    }

    private static List<string> Values(string text, ref int at)
    {
        List<string> values = [];
        StringBuilder value = new();
        bool quoted = false;
        for (; at < text.Length && (quoted || text[at] is not ('(' or ')') && !char.IsWhiteSpace(text[at])); at++)
            if (text[at] == '"')
                quoted = !quoted;
            else if (text[at] == ',' && !quoted)
                Take();
            else
                value.Append(text[at]);
        if (quoted)
            throw ItemFilter.Wrong("a quotation mark is not closed");
        Take();
        return values;

        void Take()
        {
            values.Add(value.ToString());
            value.Clear();
        }
    }

    private static void Skip(string text, ref int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
    }

    private static bool IsOr(string text, int at) => string.CompareOrdinal(text, at, "or", 0, 2) == 0 && at + 2 < text.Length
        && text[at + 2] is ' ' or '(';
}
