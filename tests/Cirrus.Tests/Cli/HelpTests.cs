using System.CommandLine;
using System.Text.RegularExpressions;
using Cirrus.Cli;
using Cirrus.Tensors;
using Cirrus.Tests.House;

namespace Cirrus.Tests.Cli;

public sealed partial class HelpTests
{
    [Fact]
    public async Task Every_verb_says_what_it_does_and_ends_with_examples()
    {
        foreach ((string[] path, Command verb) in Leaves(Verbs.Create(), []))
        {
            string name = string.Join(' ', path);
            Assert.False(string.IsNullOrWhiteSpace(verb.Description), $"{name} has no description");
            Assert.All(verb.Options.Where(o => !o.Hidden), o => Assert.False(string.IsNullOrWhiteSpace(o.Description), $"{name} {o.Name}"));
            Assert.All(verb.Arguments, a => Assert.False(string.IsNullOrWhiteSpace(a.Description), $"{name} <{a.Name}>"));
            StringWriter output = new();
            Assert.Equal(ExitCode.Done, await Verbs.Invoke([.. path, "--help"], output, TextWriter.Null));
            Assert.Contains("Examples:\n  cirrus ", output.ToString().ReplaceLineEndings("\n"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Examples_are_read_without_a_complaint() =>
        Assert.All(Leaves(Verbs.Create(), []).SelectMany(leaf => Examples.Of(leaf.Verb)), line => Assert.Empty(ReadmeCommands.Complaints(Words(line))));

    [Fact]
    public void Commands_in_the_documents_are_read_without_a_complaint()
    {
        string[] documents =
        [
            .. Directory.GetFiles(Path.Combine(Shared.Repository, "docs"), "*.md"), Path.Combine(Shared.Repository, "bench", "README.md"),
            .. Directory.GetFiles(Path.Combine(Shared.Repository, "src", "Cirrus", "Methods"), "README.md", SearchOption.AllDirectories),
        ];
        string[] lines = [.. documents.SelectMany(d => File.ReadAllText(d).ReplaceLineEndings("\n").Replace("\\\n", "", StringComparison.Ordinal).Split('\n')
            .Select(l => l.Trim()).Where(l => l.StartsWith("cirrus ", StringComparison.Ordinal)).Select(l => l["cirrus ".Length..]))];
        Assert.True(lines.Length > 10);
        Assert.All(lines, line => Assert.Empty(ReadmeCommands.Complaints(Words(line))));
    }

    /// <summary>As a shell would split a line that goes nowhere else.</summary>
    private static string[] Words(string line) => [.. Word().Matches(line.Split(" > ")[0]).Select(m => m.Value.Replace("\"", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal))];

    [GeneratedRegex("(?:\"[^\"]*\"|'[^']*'|[^ \"'])+")]
    private static partial Regex Word();

    [Fact]
    public void A_verb_is_made_alone_by_its_name()
    {
        foreach (Command verb in Verbs.Create().Subcommands)
            Assert.Equal([verb.Name], Verbs.Create(verb.Name).Subcommands.Select(v => v.Name));
        Assert.Equal(Verbs.Create().Subcommands.Count, Verbs.Create("serach").Subcommands.Count);
    }

    [Fact]
    public void A_verb_is_made_while_another_line_is_read() => Parallel.For(0, 2000, i =>
    {
        if (i % 2 == 0)
            Verbs.Create("search");
        else
            Assert.Empty(Verbs.Parse(["search", "a", "--format", "csv"], "search").Errors);
    });

    [Fact]
    public async Task A_wrong_verb_is_a_usage_error_with_a_hint()
    {
        StringWriter error = new();
        Assert.Equal(ExitCode.Usage, await Verbs.Invoke(["--nonsense"], TextWriter.Null, error));
        Assert.Contains("error: ", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("hint: cirrus --help", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serach x", "error: Unrecognized command or argument 'serach'. Did you mean 'search'?", "hint: cirrus --help")]
    [InlineData("eval circ", "Did you mean 'circo'?", "hint: cirrus eval --help")]
    [InlineData("index photos --modle x", "Unrecognized command or argument '--modle'. Did you mean '--model'?", "hint: cirrus index --help")]
    [InlineData("serve photos --opne", "'--opne' is no option of serve; words that begin so stand behind a --. Did you mean '--open'?", "hint: cirrus serve --help")]
    [InlineData("search a --tpo 3", "'--tpo' is no option of search; words that begin so stand behind a --.", "hint: cirrus search --help")]
    [InlineData("eval circo --data x --method sum --modell y", "'--modell' is no option of circo; words that begin so stand behind a --. Did you mean '--model'?", "hint: cirrus eval circo --help")]
    [InlineData("bench train -c --vocabulary x", "error: '--vocabulary' stands where a value is wanted: what comes before it has none.\n", "hint: cirrus bench train --help")]
    [InlineData("index", "error: Required argument 'folder' missing", "hint: cirrus index --help")]
    [InlineData("search a -n x", "error: 'x' is no value for --count: wanted is a whole number.\n", "hint: cirrus search --help")]
    [InlineData("search a -n 0", "error: --count is from 1 to 1000000.\n", "hint: cirrus search --help")]
    [InlineData("search a --format xml", "error: 'xml' is no value for --format: wanted is one of table, tsv, paths,", "hint: cirrus search --help")]
    [InlineData("search a --min-score low", "error: 'low' is no value for --min-score: wanted is a number.\n", "hint: cirrus search --help")]
    [InlineData("search a --min-score 0,3", "error: '0,3' is no value for --min-score: fractions have a point.\n", "hint: cirrus search --help")]
    [InlineData("train lincir --lr 0,001", "error: '0,001' is no value for --lr: fractions have a point.\n", "hint: cirrus train lincir --help")]
    [InlineData("eval circo --data x --caption-form said", "error: 'said' is no value for --caption-form: wanted is one of Annotators, LinCir, Pic2Word.\n", "hint: cirrus eval circo --help")]
    [InlineData("compare --seeds 0", "error: --seeds is from 1 to 100.\n", "hint: cirrus compare --help")]
    [InlineData("bench gemm --threads 1 0", "error: --threads is from 1 to 1024.\n", "hint: cirrus bench gemm --help")]
    [InlineData("info", "error: Nothing is named: info WHAT, or info --config.\n", "hint: cirrus info --help")]
    [InlineData("train", "error: Nothing is named to do: one of lincir, searle, pic2word, ", "hint: cirrus train --help")]
    [InlineData("zzzzz", "error: Unrecognized command or argument 'zzzzz'.\n", "hint: cirrus --help")]
    public async Task What_is_mistyped_is_told_with_what_was_meant(string line, string said, string hint)
    {
        StringWriter error = new() { NewLine = "\n" };
        Assert.Equal(ExitCode.Usage, await Verbs.Invoke(line.Split(' '), TextWriter.Null, error));
        Assert.Contains(said, error.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(hint + "\n", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Required command", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("search", "-g", "nowhere", "--", "--odd words")]
    [InlineData("search", "-g", "nowhere", "-t", "--odd words")]
    public async Task Words_that_look_like_options_can_be_searched_for(params string[] args) =>
        Assert.Contains("There is no gallery", (await Assert.ThrowsAsync<CirrusException>(() => Verbs.Invoke(args, TextWriter.Null, TextWriter.Null))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("CIRRUS_PROT", "CIRRUS_PROT is none of this program's; did you mean CIRRUS_PORT?")]
    [InlineData("CIRRUS_LIMITS_TOP", "; did you mean CIRRUS_LIMITS__TOP?")]
    [InlineData("CIRRUS_API_KEY", "; did you mean CIRRUS_APIKEY?")]
    [InlineData("CIRRUS_SOMETHING", "; cirrus info --config lists the settings")]
    public void A_variable_that_nothing_reads_is_told_with_what_was_meant(string name, string said) =>
        Assert.EndsWith(said, Assert.Single(Mistyped.Variables([name, "CIRRUS_PORT", "CIRRUS_LIMITS__TOP", "PATH"])), StringComparison.Ordinal);

    [Fact]
    public void Every_variable_that_is_read_is_known()
    {
        string[] read = [.. Directory.EnumerateFiles(Path.Combine(Shared.Repository, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(f => Variable().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value)).Distinct()];
        Assert.Contains("CIRRUS_THREADS", read);
        Assert.Empty(Mistyped.Variables(read));
    }

    [GeneratedRegex("\"(CIRRUS_[A-Z_]*[A-Z])\"")]
    private static partial Regex Variable();

    private static IEnumerable<(string[] Path, Command Verb)> Leaves(Command command, string[] path)
    {
        if (command.Subcommands.Count == 0 || command is RootCommand)
            yield return (path, command);
        foreach (Command sub in command.Subcommands)
            foreach ((string[], Command) leaf in Leaves(sub, [.. path, sub.Name]))
                yield return leaf;
    }
}
