using System.Globalization;
using Cirrus.Tensors;

namespace Cirrus.Server.Settings;

/// <summary>Something of the server that can be set, by a file, the environment or the command line.</summary>
/// <param name="Name">in the file; a dot is a level: limits.top.</param>
/// <param name="Meaning">for people.</param>
/// <param name="Get">its value as text, null when it has none.</param>
/// <param name="Set">takes a value from text.</param>
public sealed record Setting(string Name, string Meaning, Func<ServerOptions, string?> Get, Action<ServerOptions, string> Set)
{
    /// <summary>True for what is not shown.</summary>
    public bool IsSecret { get; init; }

    /// <summary>A variable by which others set the same, read when nothing of ours is set.</summary>
    public string? AlsoVariable { get; init; }

    /// <summary>Its name in the environment: CIRRUS_LIMITS__TOP.</summary>
    public string Variable => "CIRRUS_" + Name.Replace(".", "__", StringComparison.Ordinal).ToUpperInvariant();

    internal static Setting Text(string name, string meaning, Func<ServerOptions, string?> get, Action<ServerOptions, string> set) =>
        new(name, meaning, get, set);

    internal static Setting Number(string name, string meaning, Func<ServerOptions, double> get,
        Action<ServerOptions, double> set, double least, double most, bool whole = true) =>
        new(name, meaning, o => get(o).ToString(CultureInfo.InvariantCulture), (o, text) => set(o,
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least
            && value <= most && (!whole || value == Math.Floor(value)) ? value
                : throw new CirrusException($"'{text}' is no {name}.", hint: string.Create(CultureInfo.InvariantCulture,
                    $"it is a {(whole ? "whole " : "")}number from {least} to {most}"))));

    internal static Setting Flag(string name, string meaning, Func<ServerOptions, bool> get, Action<ServerOptions, bool> set) =>
        new(name, meaning, o => get(o) ? "true" : "false", (o, text) => set(o, text.ToLowerInvariant() switch
        {
            "true" or "1" or "yes" => true,
            "false" or "0" or "no" => false,
            _ => throw new CirrusException($"'{text}' is no {name}.", hint: "it is true or false"),
        }));
}

/// <summary>The value of a setting and where it came from.</summary>
/// <param name="Value">masked when it is secret.</param>
/// <param name="Source">default, the file's path, the variable's name, or command line.</param>
public sealed record SettingValue(Setting Setting, string? Value, string Source);
