using System.Text.RegularExpressions;

namespace Cirrus.Methods;

/// <summary>The <c>$</c> in a text that stands for the picture; one that is part of a price or a name is none.</summary>
internal static partial class PicturePlace
{
    public static bool IsIn(string text) => Place().IsMatch(text);

    /// <summary>How many places a text has.</summary>
    public static int In(string text) => Place().Count(text);

    /// <summary>Sets every place off by blanks, so that it becomes a token of its own.</summary>
    public static string SetOff(string text) => Place().Replace(text, " $ ").Trim();

    /// <summary>The words around the places.</summary>
    public static string Remove(string text) => Place().Replace(text, " ").Trim();

    /// <summary>
    /// Pic2Word's prompts write <c>*</c>: in a text without a <c>$</c>, as many as there are pictures become places in turn;
    /// else the first alone, as in the released code, and the others stay asterisks.
    /// </summary>
    public static string FromStars(string text, int pictures) =>
        IsIn(text) ? text : Star().Replace(text, " $ ", Star().Count(text) == pictures ? -1 : 1).Trim();

    /// <summary>No letter, digit or other asterisk touches it.</summary>
    [GeneratedRegex(@"\s*(?<![\p{L}\p{N}*])\*(?![\p{L}\p{N}*])\s*")]
    private static partial Regex Star();

    /// <summary>No letter, digit or other dollar touches it.</summary>
    [GeneratedRegex(@"\s*(?<![\p{L}\p{N}$])\$(?![\p{L}\p{N}$])\s*")]
    private static partial Regex Place();
}
