using Cirrus.Hub;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary>The CLIP of a new gallery: the one that was fetched before, or one that a person at a terminal agrees to fetch now.</summary>
/// <param name="ask">puts a question and gives the answer; null where nobody is there to answer.</param>
internal sealed class FirstModel(HubSettings settings, TextWriter error, Func<string, bool>? ask)
{
    /// <summary>What a newcomer is offered: the smallest.</summary>
    private const string Offered = "vit-b-32";

    /// <summary>Asks where both a keyboard and a screen are there.</summary>
    public static FirstModel AtTerminal(TextWriter error) =>
        new(HubSettings.FromEnvironment(), error, ReferenceEquals(error, Console.Error) && !Console.IsInputRedirected
            && !Console.IsErrorRedirected ? question => Agreed(question, error) : null);

    /// <summary>The name for --model.</summary>
    /// <param name="asked">--model, or null.</param>
    /// <exception cref="CirrusException">None is here, or it cannot be told which is meant.</exception>
    public async Task<string> FindAsync(string? asked, CancellationToken stop)
    {
        if (asked is not null && (Path.Exists(asked) || KnownModel.Find(asked) is null))
            return asked;
        KnownModel[] here = [.. KnownModel.All.Where(m =>
            asked is null ? m.Size is not null && IsHere(m) : m == KnownModel.Find(asked) && IsHere(m))];
        if (here is [KnownModel one])
        {
            if (asked is null)
                await error.WriteLineAsync($"with {one.Name}, which was fetched; --model names another one");
            return one.Name;
        }
        if (here.Length > 1)
            throw new CirrusException($"Several CLIPs are here: {string.Join(", ", here.Select(m => m.Name))}.",
                hint: $"say which: --model {here[0].Name}");
        KnownModel wanted = KnownModel.Find(asked ?? Offered)!;
        if (settings.Offline || ask?.Invoke(
            $"{wanted.Name} is not here. Fetch it now ({ByteText.Of(wanted.Bytes)}, licence {wanted.Licence})?") != true)
            throw asked is not null ? ModelPlace.Absent(asked, settings)
            : new CirrusException("Photographs are searched with a CLIP, and none is here yet.",
                hint: $"fetch one: cirrus models pull {Offered} ({ByteText.Of(wanted.Bytes)}; cirrus models lists more), then the same command again; "
                    + "--model takes one that you have, --model playground the small one that ships, which knows drawn pictures only");
        await ModelsPullCommand.RunAsync(settings, wanted.Name, HubCache.MainBranch, [], TextWriter.Null, error, quiet: false, stop);
        stop.ThrowIfCancellationRequested();
        return wanted.Name;
    }

    private bool IsHere(KnownModel model) => new HubCache(settings.Cache, settings.Symlinks).FindModel(HubRepository.Parse(model.Id)) is not null;

    private static bool Agreed(string question, TextWriter error)
    {
        error.Write($"{question} [Y/n] ");
        return Console.ReadLine()?.Trim().ToLowerInvariant() is "" or "y" or "yes";
    }
}
