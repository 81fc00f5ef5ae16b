using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Cli;

/// <summary><c>cirrus train METHOD --model CLIP -o RUN</c>, the same for every method of the list that can be trained.</summary>
internal sealed class TrainMethodCommand
{
    private static readonly Option<string?> Model = new("--model", "-m") { Description = ModelPlace.Description };
    private static readonly Option<string?> Random = new("--random")
    {
        Description = "instead of a model: random weights of this size (ViT-B/32, ViT-L/14, ...), to measure speed",
    };
    private static readonly Option<string?> Vocabulary = new("--vocabulary") { Description = "with --random: bpe_simple_vocab_16e6.txt.gz" };
    private static readonly Option<string?> Output = new("--output", "-o") { Description = "the run's folder" };
    private static readonly Option<string?> From = new("--from")
    {
        Description = "start from this trained network, not from random numbers: a run's folder, a .pt or a .safetensors",
    };
    private static readonly Option<bool> Resume = new("--resume") { Description = "go on with the run in --output from its last checkpoint" };
    private static readonly Option<ulong?> Seed = new("--seed") { Description = "of everything random" };
    private static readonly Option<string[]> Set = new("--set") { Description = "any option, as name=value; see --print-options" };
    private static readonly Option<bool> PrintOptions = new("--print-options") { Description = "print all options with their values, and stop" };
    private static readonly Option<string?> Published = new("--pt")
    {
        Description = "write the finished network here too, in the published layout (.pt)",
    };
    private static readonly Option<string> OnDevice = DeviceOption.Create(), Precision = DeviceOption.Precision();
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "no progress" };

    private readonly Option<int?> _steps, _batch;
    private readonly Option<double?> _rate;
    private readonly Method _method;
    private readonly MethodTraining _training;

    private TrainMethodCommand(Method method, MethodTraining training)
    {
        (_method, _training) = (method, training);
        JsonElement published = training.Options(false, []);
        _steps = new("--steps") { Description = $"how many steps (default: {Default("steps")})" };
        _batch = new("--batch") { Description = $"{Samples} a step (default: {Default("batch")})" };
        _rate = new("--lr") { Description = $"learning rate (default: {Default("learning_rate")})" };

        string Default(string option) => published.GetProperty(option).GetDouble() is > 0 and var value
            ? value.ToString("#,0.#######", CultureInfo.InvariantCulture)
            : $"those of {published.GetProperty("epochs")} epochs";
    }

    private string Samples => _training.Data.ToString().ToLowerInvariant();

    /// <exception cref="ArgumentException">The method has no training.</exception>
    public static Command Create(Method method)
    {
        TrainMethodCommand train = new(method, method.Training ?? throw new ArgumentException($"{method.Name} is not trained."));
        Command command = new(method.Name, train._training.Summary);
        foreach (Option option in (Option[])[.. TrainingDataReader.Options(train._training.Data), Model, Random, Vocabulary,
            Output, Resume, train._steps, train._batch,
            train._rate, Seed, Set, PrintOptions, Published, OnDevice, .. train._training.TakesBf16 ? [Precision] : Array.Empty<Option>(),
            .. train._training.StartsFrom ? [From] : Array.Empty<Option>(),
            .. train._training.KeepsClip ? TrainValidation.Options : [], Quiet])
            command.Add(option);
        command.SetAction((args, stop) => Task.Run(() => train.Run(args, stop), CancellationToken.None));
        string data = TrainingDataReader.Example(train._training.Data), name = method.Name;
        return command.WithExamples([
            $"train {name} --model playground -o runs/small",
            $"train {name} {data} --model vit-l-14 -o runs/l14",
            $"train {name} {TrainingDataReader.SecondExample(train._training.Data)} -m ViT-B-32.pt -o runs/b32 --steps 5000 "
                + "--set checkpoint_every=500",
            $"train {name} {data} -m vit-l-14 -o runs/l14 --resume",
            .. train._training.KeepsClip
                ? [$"train {name} {data} -m vit-l-14 -o runs/l14 --validation cirr=data/cirr --validate-every 500"] : Array.Empty<string>(),
            .. train._training.StartsFrom ? [$"train {name} {data} -m vit-l-14 --from runs/l14 -o runs/more"] : Array.Empty<string>(),
            $"train {name} --print-options"]);
    }

    private int Run(ParseResult args, CancellationToken stop)
    {
        TextWriter output = args.InvocationConfiguration.Output, error = args.InvocationConfiguration.Error;
        bool resume = args.GetValue(Resume), small = args.GetValue(Model) == ModelPlace.Shipped;
        JsonElement options = resume ? Kept(RunFolder.ReadInfo(Folder(args)), Settings(args)) : _training.Options(small, Settings(args));
        if (args.GetValue(PrintOptions))
        {
            output.WriteLine(OptionText.Print(options));
            return ExitCode.Done;
        }
        string folder = Folder(args);
        if (!resume && RunFolder.Exists(folder))
            throw new CirrusException($"'{folder}' holds a run already.", hint: "add --resume to go on with it, or name another folder");
        string precision = _training.TakesBf16 ? args.GetValue(Precision)! : "f32";
        ElementType type = DeviceOption.TypeOf(precision);
        using Device device = Device.Open(args.GetValue(OnDevice)!);
        using ClipModel clip = OpenClip(args, device, type);
        TrainingData data = TrainingDataReader.Read(_training.Data, args, clip, small, error, stop);
        if (device.FreeBytes is not null)
            _training.CheckMemory?.Invoke(clip, type, data, options);
        Dictionary<string, string> inputs = new(data.Inputs(clip)) { ["precision"] = precision };
        if (_training.StartsFrom && options.TryGetProperty("from", out JsonElement start) && start.GetString() is { Length: > 0 } from)
            inputs["from"] = WeightsFile.Sha256(from);
        using TrainValidation? validation = !_training.KeepsClip ? null
            : TrainValidation.Open(args, clip, options, resume ? RunFolder.ReadInfo(folder) : null, args.GetValue(Quiet), stop);
        validation?.Note(inputs);
        Trainer trainer = _training.Create(clip, data, options);
        using TrainingRun run = resume
            ? TrainingRun.Resume(folder, _method.Name, inputs, trainer, _training.Result)
            : TrainingRun.Start(folder, _method.Name, options, inputs, trainer, _training.Result);
        run.Validation = validation?.For(_method);
        return Train(run, clip, folder, args, error, stop);
    }

    private int Train(TrainingRun run, ClipModel clip, string folder, ParseResult args, TextWriter error, CancellationToken stop)
    {
        Trainer trainer = run.Trainer;
        error.WriteLine($"{trainer.Summary}; on {clip.Device.Name}" + (trainer.Step > 0 ? $"; resumed after step {trainer.Step:N0}" : ""));
        TrainProgress progress = new(args.GetValue(Quiet) ? TextWriter.Null : error, trainer.Steps, Samples);
        bool finished = run.Train(done => progress.Report(done.Step, done.Loss, done.LearningRate, done.Samples), stop, progress.Say);
        progress.End();
        if (run.Losses.Count > 0)
            error.WriteLine($"loss {LossCurve.Draw(run.Losses)}");
        if (!finished)
        {
            error.WriteLine($"stopped after step {trainer.Step:N0}; go on with the same command and --resume");
            return ExitCode.Interrupted;
        }
        if (args.GetValue(Published) is string path)
            trainer.Save(path);
        args.InvocationConfiguration.Output.WriteLine(Path.Combine(folder, _training.Result));
        return ExitCode.Done;
    }

    private ClipModel OpenClip(ParseResult args, Device device, ElementType type)
    {
        switch (args.GetValue(Model), args.GetValue(Random))
        {
            case (string path, null):
                return ClipModel.Load(ModelPlace.Find(path, null), device, TrainingDataReader.PaddingOf(_training.Data, args), type);
            case (null, string size):
                ClipConfig config = ClipSizes.Find(size);
                return ClipModel.Random(_training.Data == TrainingDataKind.Captions ? ClipSizes.TextOnly(config) : config,
                    BpeTokenizer.Load(args.GetValue(Vocabulary)
                    ?? throw new CirrusException("--random needs a vocabulary.",
                        hint: "name one: --vocabulary bpe_simple_vocab_16e6.txt.gz")), device, seed: 1, type);
            default:
                throw new CirrusException("Training needs a CLIP.",
                    hint: "name one with --model, or its size alone with --random ViT-B/32 --vocabulary FILE");
        }
    }

    private static string Folder(ParseResult args) => args.GetValue(Output)
        ?? throw new CirrusException("The run has no folder.", hint: "name one: -o RUN");

    /// <summary>The options of a run, which the settings may repeat but not change.</summary>
    private static JsonElement Kept(RunInfo run, List<string> settings)
    {
        foreach (string setting in settings)
            if (!JsonElement.DeepEquals(OptionText.Apply(run.Options, [setting]), run.Options))
                throw new CirrusException($"A resumed run keeps its options, but {setting} was asked for.", hint: "leave it out, or start a new run");
        return run.Options;
    }

    /// <summary>The named options are short for --set.</summary>
    private List<string> Settings(ParseResult args)
    {
        List<string> settings = [];
        Add("steps", args.GetValue(_steps));
        Add("batch", args.GetValue(_batch));
        Add("learning_rate", args.GetValue(_rate));
        Add("seed", args.GetValue(Seed));
        if (_training.StartsFrom && args.GetValue(From) is string from)
            settings.Add($"from={from}");
        settings.AddRange(args.GetValue(Set) ?? []);
        return settings;

        void Add(string name, IFormattable? value)
        {
            if (value is not null)
                settings.Add($"{name}={value.ToString(null, CultureInfo.InvariantCulture)}");
        }
    }
}
