namespace Cirrus.Clip;

/// <summary>Tells text that was probably read in the wrong encoding by neighbours that no language puts side by side.</summary>
/// <remarks>
/// Source: the character kinds and pairs are those of ftfy 6 (Speer, "ftfy", its badness heuristic), written as a table:
/// a text is suspicious when any two or three characters in a row match a rule.
/// </remarks>
internal static class MojibakeSigns
{
    [Flags]
    private enum Kind
    {
        None = 0,
        Control = 1,
        Bad = 1 << 1,
        Law = 1 << 2,
        Currency = 1 << 3,
        Opening = 1 << 4,
        Closing = 1 << 5,
        Numeric = 1 << 6,
        Face = 1 << 7,
        UpperAccent = 1 << 8,
        LowerAccent = 1 << 9,
        UpperOther = 1 << 10,
        LowerOther = 1 << 11,
        Box = 1 << 12,
        Common = 1 << 13,
        SmallAscii = 1 << 14,
        LargeAscii = 1 << 15,
        Accent = UpperAccent | LowerAccent,
        Quote = Opening | Closing,
        Ascii = SmallAscii | LargeAscii,
    }

    private static readonly Dictionary<char, Kind> Kinds = MakeKinds();

    private static readonly (Kind First, Kind Second)[] Pairs =
    [
        (Kind.Bad | Kind.Accent | Kind.Box | Kind.Quote | Kind.Currency | Kind.Numeric | Kind.Law, Kind.Bad),
        (Kind.Bad, Kind.Accent | Kind.Box | Kind.Quote | Kind.Currency | Kind.Numeric | Kind.Law),
        (Kind.LowerAccent | Kind.LowerOther | Kind.Box | Kind.Closing | Kind.Currency | Kind.Numeric, Kind.UpperAccent),
        (Kind.Box | Kind.Closing | Kind.Currency | Kind.Numeric, Kind.LowerAccent),
        (Kind.LowerAccent | Kind.Box | Kind.Closing, Kind.Currency),
        (Kind.UpperAccent | Kind.Box, Kind.Numeric | Kind.Law),
        (Kind.Currency | Kind.Numeric | Kind.Box, Kind.Opening),
        (Kind.Box, Kind.Face | Kind.Closing),
        (Kind.Accent | Kind.Currency | Kind.Numeric | Kind.Quote | Kind.Law, Kind.Box),
    ];

    private static readonly (Kind First, Kind Second, Kind Third)[] Triples =
    [
        (Kind.Ascii, Kind.LowerOther | Kind.UpperOther, Kind.Bad),
        (Kind.Accent | Kind.Box | Kind.Currency | Kind.Closing, Kind.Opening, Kind.Numeric),
        (Kind.Accent | Kind.Currency | Kind.Numeric | Kind.Box | Kind.Law, Kind.Closing, Kind.Opening),
        (Kind.SmallAscii, Kind.UpperAccent, Kind.Opening | Kind.Currency),
    ];

    /// <summary>Pairs that are known remains of one encoding: any character of the first before any of the second.</summary>
    private static readonly (string First, string Second)[] KnownPairs =
    [
        ("ÂÃÎÐ", "€œŠš¢£Ÿž\u00A0\u00AD®©°·»–—´"), ("×", "²³"), ("à", "²µ¹¼½¾"), ("√", "±∂†≠®™´≤≥¥µø"), ("≈", "°¢"),
        ("в", "Ђ"), ("Ã", "\u00A0¡"), ("ā", "€"),
    ];

    private static readonly (string First, string Second, string Third)[] KnownTriples =
    [
        ("‚", "Ä", "ìîïòôúùû†°¢π"), ("‚", "âó", "àä°ê"), ("β", "€", "™\u00A0Ά\u00AD®°"),
    ];

    public static bool In(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            Kind a = KindOf(text[i]);
            if ((a & Kind.Control) != 0)
                return true;
            if (i + 1 < text.Length && (At(text, i, a) || KnownAt(text, i)))
                return true;
        }
        return false;
    }

    private static bool At(string text, int i, Kind a)
    {
        Kind b = KindOf(text[i + 1]);
        foreach ((Kind first, Kind second) in Pairs)
            if ((a & first) != 0 && (b & second) != 0)
                return true;
        if ((a & Kind.UpperAccent) != 0 && text[i + 1] == '°')
            return true;
        if (i + 2 >= text.Length)
            return false;
        Kind c = KindOf(text[i + 2]);
        foreach ((Kind first, Kind second, Kind third) in Triples)
            if ((a & first) != 0 && (b & second) != 0 && (c & third) != 0)
                return true;
        return ((a & Kind.Accent) != 0 && (b & Kind.Quote) != 0 && IsWord(text[i + 2]))
            || (char.IsWhiteSpace(text[i]) && (b & Kind.UpperAccent) != 0 && (c & Kind.Currency) != 0);
    }

    private static bool KnownAt(string text, int i)
    {
        char a = text[i], b = text[i + 1];
        char c = i + 2 < text.Length ? text[i + 2] : '\0', d = i + 3 < text.Length ? text[i + 3] : '\0';
        Kind kb = KindOf(b);
        foreach ((string first, string second) in KnownPairs)
            if (first.Contains(a) && second.Contains(b))
                return true;
        foreach ((string first, string second, string third) in KnownTriples)
            if (first.Contains(a) && second.Contains(b) && third.Contains(c))
                return true;
        if ((a is 'Œ' or 'œ' && !char.IsAsciiLetter(b)) || (a is 'Â' or 'Ã' or 'Î' or 'Ð' && (kb & Kind.Quote) != 0))
            return true;
        if (a is 'Ø' or 'Ù' && ArabicTail(b) && c is 'Ø' or 'Ù' && ArabicTail(d))
            return true;
        const Kind Between = Kind.Control | Kind.Bad | Kind.Quote | Kind.Currency;
        if ("ВГРС".Contains(a) && "ВГРС".Contains(c) && ((kb & Between) != 0 || b is '°' or 'µ'))
            return true;
        if ("ΒΓΞΟ".Contains(a) && "ΒΓΞΟ".Contains(c) && ((kb & Between) != 0 || b == '°'))
            return true;
        if (a == 'Г' && text.AsSpan(i).StartsWith("ГўВЂВ") && i + 6 < text.Length
            && (char.IsAsciiLetter(text[i + 6]) || text[i + 6] == ' '))
            return true;
        return SpaceAfterLead(text, i);
    }

    /// <summary>"Ã " and "Â ": the byte A0 behind them has become a plain space.</summary>
    private static bool SpaceAfterLead(string text, int i)
    {
        char a = text[i], b = text[i + 1], c = i + 2 < text.Length ? text[i + 2] : '\0';
        if (a is 'Ã' or 'Â' && b == ' ' && (i == 0 || char.IsAsciiLetterLower(text[i - 1])
            || (i > 1 && char.IsWhiteSpace(text[i - 1]) && char.IsAsciiLetterLower(text[i - 2]))))
            return true;
        return b == 'Â' && (char.IsAsciiLetterLower(a) || a is '.' or ',' or '?' or '!' || (KindOf(a) & Kind.Closing) != 0)
            && (c == ' ' || (KindOf(c) & Kind.Quote) != 0);
    }

    private static bool ArabicTail(char c) =>
        (KindOf(c) & (Kind.Common | Kind.Currency | Kind.Bad | Kind.Numeric | Kind.Opening)) != 0 || "ŸŠ®°µ»".Contains(c);

    private static bool IsWord(char c) => char.IsLetter(c) || char.IsNumber(c) || c == '_';

    private static Kind KindOf(char c) => Kinds.GetValueOrDefault(c);

    private static Dictionary<char, Kind> MakeKinds()
    {
        Dictionary<char, Kind> kinds = [];
        void Add(Kind kind, string characters)               // "a-z" is a range
        {
            for (int i = 0; i < characters.Length; i++)
            {
                bool range = i + 2 < characters.Length && characters[i + 1] == '-';
                for (char c = characters[i]; c <= (range ? characters[i + 2] : characters[i]); c++)
                    kinds[c] = kinds.GetValueOrDefault(c) | kind;
                i += range ? 2 : 0;
            }
        }
        Add(Kind.Control, "\u0080-\u009F");
        Add(Kind.Common, "\u00A0\u00AD·´–—―…’");
        Add(Kind.Bad, "¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐◊\uFFFDªº");
        Add(Kind.Law, "¶§");
        Add(Kind.Currency, "¢£¥₧€");
        Add(Kind.Opening, "¡«¿©΄΅‘‚“„•‹\uF8FF");
        Add(Kind.Closing, "®»˝”›™");
        Add(Kind.Numeric, "²³¹±¼½¾×µ÷⁄∂∆∏∑√∞∩∫≈≠≡≤≥№");
        Add(Kind.Face, "Ò-ÖÙ-Üò-öø-üŐŌŪŲ°");
        Add(Kind.UpperAccent, "À-ÑØÜÝĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐ");
        Add(Kind.LowerAccent, "ßà-ñăąāćčďđęěēėğģįīķĺľłļœŕśşšťüźżžґﬁﬂ");
        Add(Kind.UpperOther, "ÞΑ-ΩΆΈΉΊΌΎΏΪΫЁ-Я");
        Add(Kind.LowerOther, "α-ωάέήίΰа-џ");
        Add(Kind.Box, "│┌┐┘├┤┬┼═-╬▀▄█▌▐░▒▓");
        Add(Kind.SmallAscii, "a-z");
        Add(Kind.LargeAscii, "A-Z");
        return kinds;
    }
}
