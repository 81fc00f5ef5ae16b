using System.CommandLine;
using Cirrus.Methods;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Cli;

/// <summary>--weights: NAME=PATH for a method's weights, several times; a bare PATH for those of one method.</summary>
internal sealed class GivenWeights
{
    public const string Description = "trained weights: a file or a run's folder; NAME=PATH says of which method, and may come several times";

    private readonly Dictionary<string, string> _of = [];
    private readonly string? _bare;

    /// <param name="named">true: every one says whose it is.</param>
    /// <exception cref="CirrusException">It is not said whose they are, or the method needs none.</exception>
    public GivenWeights(IEnumerable<string>? asked, bool named = false)
    {
        foreach (string text in asked ?? [])
        {
            int at = text.IndexOf('=', StringComparison.Ordinal);
            if (at < 1 || (!named && Path.Exists(text)))
            {
                if (named || _bare is not null)
                    throw new CirrusException($"'{text}' does not say which method's weights it is.",
                        hint: "write NAME=PATH, as in --weights lincir=runs/a");
                _bare = ModelPlace.FindWeights(text);
                continue;
            }
            if (at == text.Length - 1)
                throw new CirrusException($"'{text}' names no file.", hint: "write NAME=PATH, as in --weights lincir=runs/a");
            Method method = Method.Find(text[..at]);
            if (!method.NeedsWeights)
                throw new CirrusException($"{method.Name} needs no weights.", hint: "leave them out");
            _of[method.Name] = ModelPlace.FindWeights(text[(at + 1)..]);
        }
    }

    public static Option<string[]> Option() => new("--weights", "-w") { Description = Description, AllowMultipleArgumentsPerToken = true };

    /// <summary>Methods whose weights were given by name.</summary>
    public IReadOnlyCollection<string> Names => _of.Keys;

    /// <summary>Every path that was given.</summary>
    public IEnumerable<string> Paths => _of.Values.Concat(_bare is null ? [] : [_bare]);

    /// <summary>The weights for a method: those of its name, else the bare ones; null when it needs none or none were given.</summary>
    public string? Of(Method method) => !method.NeedsWeights ? null : _of.GetValueOrDefault(method.Name) ?? _bare;

    /// <summary>What made the numbers: the command as it was given, and each weights file with its SHA-256.</summary>
    /// <exception cref="CirrusException">A file is not there.</exception>
    public IEnumerable<KeyValuePair<string, string>> Provenance(ParseResult args)
    {
        yield return new("command",
            "cirrus " + string.Join(' ', args.Tokens.Select(t => t.Value.Any(char.IsWhiteSpace) ? $"\"{t.Value}\"" : t.Value)));
        foreach (string path in Paths)
            yield return new($"weights {path}", $"sha256 {WeightsFile.Sha256(path)}");
    }

    /// <summary>
    /// The methods of these names; else the usual ones, those that weights are given for, and the one that the bare
    /// weights are of.
    /// </summary>
    /// <param name="usual">methods that need no weights; null: all of them.</param>
    public IEnumerable<Method> Methods(IReadOnlyList<string>? names, IReadOnlyList<string>? usual = null)
    {
        if (names is { Count: > 0 })
            return names.Concat(Names).Distinct().Select(Method.Find).Distinct();
        Method? trained = _bare is null ? null : MethodOfWeights.Find(_bare) ?? Method.All.First(m => m.NeedsWeights);
        return Method.All.Where(m => m == trained || _of.ContainsKey(m.Name) || (!m.NeedsWeights && usual?.Contains(m.Name) != false));
    }
}
