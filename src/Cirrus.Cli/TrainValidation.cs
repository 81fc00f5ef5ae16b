using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Evaluation.Benchmarks;
using Cirrus.Methods;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Cli;

/// <summary>--validation, --validate-every: the network that does best on a benchmark is kept beside the last.</summary>
internal sealed class TrainValidation : IDisposable
{
    /// <summary>Its place among a run's inputs.</summary>
    private const string Input = "validation";

    private static readonly Option<string?> On = new("--validation")
    {
        Description = "NAME=DIR, a benchmark and its data (cirr=data/cirr): the network whose first metric is highest there (CIRR's R@1) is kept as "
            + RunFolder.Best,
    };

    private static readonly Option<int?> Every = new Option<int?>("--validate-every")
    {
        Description = $"steps between two measurements (default: as between checkpoints); step {RunValidation.Early} and the last are measured too",
    }.From(1);

    private readonly BenchmarkValidation _validation;
    private readonly int _every;
    private readonly string _protocol;

    private TrainValidation(BenchmarkData data, ClipModel clip, int every, ExtractionOptions options, CancellationToken stop)
    {
        (_validation, _every) = (new(data, clip, options, stop), every);
        _protocol = $"{data.Protocol}, {data.Benchmark.Metrics[0].Name}";
    }

    public static IReadOnlyList<Option> Options { get; } = [On, Every];

    /// <summary>Reads the benchmark and embeds its pictures, or finds them in the cache that <c>eval</c> fills; null: not asked for.</summary>
    /// <param name="resumed">the run that is gone on with.</param>
    /// <exception cref="CirrusException">The data are not there, or a resumed run was chosen otherwise.</exception>
    public static TrainValidation? Open(ParseResult args, ClipModel clip, JsonElement options, RunInfo? resumed, bool quiet, CancellationToken stop)
    {
        if (args.GetValue(On) is not string asked)
            return args.GetValue(Every) is null ? null
                : throw new CirrusException("--validate-every says when, and nothing says on what.", hint: "name a benchmark: --validation cirr=DIR");
        if (resumed is not null && !resumed.Inputs.ContainsKey(Input))
            throw new CirrusException("This run was started without --validation.", hint: "leave it out, or start a new run");
        int at = asked.IndexOf('=', StringComparison.Ordinal);
        if (at < 1 || at == asked.Length - 1)
            throw new CirrusException($"'{asked}' does not say which benchmark, and where.",
                hint: "write NAME=DIR, as in --validation cirr=data/cirr");
        BenchmarkSource source = BenchmarkSource.Find(asked[..at]);
        string folder = asked[(at + 1)..];
        try
        {
            return new(source.Open(new(folder)), clip, args.GetValue(Every) ?? options.GetProperty("checkpoint_every").GetInt32(),
                EvalPictureOptions.Read(args, folder, args.InvocationConfiguration.Error, quiet), stop);
        }
        catch (CirrusException e)
        {
            throw new CirrusException(e.Message, hint: $"'cirrus eval {source.Name} --data {folder} --check' looks at what is there", e);
        }
    }

    /// <summary>Among the inputs of a run: one that is resumed chooses as it began.</summary>
    public void Note(Dictionary<string, string> inputs) =>
        inputs[Input] = string.Create(CultureInfo.InvariantCulture, $"{_protocol}, every {_every} steps");

    public RunValidation For(Method method) => new(_every, (network, stop) => _validation.Measure(method, network, stop));

    public void Dispose() => _validation.Dispose();
}
