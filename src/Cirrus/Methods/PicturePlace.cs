using System.Text.RegularExpressions;

namespace Cirrus.Methods;

/// <summary>The <c>$</c> in a text that stands for the picture; one that is part of a price or a name is none.</summary>
internal static partial class PicturePlace
{
    public static bool IsIn(string text) => Place().IsMatch(text);

    /// <summary>Sets every place off by blanks, so that it becomes a token of its own.</summary>
    public static string SetOff(string text) => Place().Replace(text, " $ ").Trim();

    /// <summary>The words around the places.</summary>
    public static string Remove(string text) => Place().Replace(text, " ").Trim();

    /// <summary>No letter, digit or other dollar touches it.</summary>
    [GeneratedRegex(@"\s*(?<![\p{L}\p{N}$])\$(?![\p{L}\p{N}$])\s*")]
    private static partial Regex Place();
}
