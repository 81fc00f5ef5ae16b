using System.Globalization;
using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.Combiner;
using Cirrus.Methods.LinCir;
using Cirrus.Methods.Pic2Word;
using Cirrus.Methods.Searle;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;
using Cirrus.Training;

namespace Cirrus.Tests.Methods;

/// <summary>Published numbers are the defaults, and each reaches what it is named for.</summary>
public sealed class TrainingNumbersTests : IDisposable
{
    private const float Rate = 1e-2f, Decay = 0.3f;

    private static readonly string[] Small = ["batch=8", "steps=3", "warmup=0"];

    private readonly Device _device = Device.Open("cpu");
    private readonly TempFolder _folder = new();
    private readonly ClipModel _clip;
    private readonly TrainingData _data;

    public TrainingNumbersTests()
    {
        _clip = TinyClip.Create(_device);
        TripletSet triplets = TinyTriplets.Create(8);
        _data = new(TinyClip.Captions(8), triplets.Pictures, triplets);
    }

    public void Dispose()
    {
        _clip.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("lincir", "batch=512 steps=20000 learning_rate=1e-4 warmup=0 weight_decay=0.01 beta1=0.9 beta2=0.999 epsilon=1e-8 dropout=0.5 noise_scale=1 noise_share=0 l2_normalize=false ema=false")]
    [InlineData("pic2word", "batch=1024 epochs=30 steps=0 learning_rate=1e-4 warmup=10000 weight_decay=0.1 beta1=0.9 beta2=0.98 epsilon=1e-6 dropout=0.1 hidden=512 augment=true")]
    [InlineData("searle", "batch=256 steps=39000 learning_rate=1e-4 weight_decay=0.01 beta1=0.9 beta2=0.999 epsilon=1e-8 dropout=0.5 temperature=0.25 distil_weight=1 phrase_weight=0.75 nearest_concepts=150 oti_steps=350 oti_batch=32 oti_learning_rate=0.02 oti_concepts=15")]
    [InlineData("combiner", "batch=4096 learning_rate=2e-5 weight_decay=0 beta1=0.9 beta2=0.999 epsilon=1e-8 dropout=0.5 projection=2560 hidden=5120 logit_scale=100")]
    [InlineData("clip4cir", "batch=128 learning_rate=2e-6 weight_decay=0.01 beta1=0.9 beta2=0.999 epsilon=1e-7 logit_scale=100 encoder=both schedule=constant")]
    [InlineData("cirplant", "batch=32 learning_rate=1e-5 weight_decay=0.05 dropout=0.3 clip_norm=1 layers=12 schedule=linear warmup=0")]
    [InlineData("artemis", "batch=32 learning_rate=5e-4")]
    public void Defaults_are_the_published_numbers(string method, string numbers)
    {
        JsonElement options = Method.Find(method).Training!.Options(false, []);
        foreach (string[] number in numbers.Split(' ').Select(n => n.Split('=')))
        {
            JsonElement found = options.GetProperty(number[0]);
            if (found.ValueKind == JsonValueKind.Number)
                Assert.Equal(double.Parse(number[1], CultureInfo.InvariantCulture), found.GetDouble(), 1e-12);
            else
                Assert.Equal(number[1], found.ToString(), ignoreCase: true);
        }
    }

    [Fact]
    public void Defaults_of_an_inversion_are_the_published_numbers() =>
        Assert.Equal(new() { Steps = 350, LearningRate = 0.02, WeightDecay = 0.01f, EmaDecay = 0.99f, Start = 0.02f, CosineWeight = 1, PhraseWeight = 0.5f, Concepts = 15, Batch = 32 }, new OtiOptions());

    // Methods 2.2, 3.2, 6.1 and section 11.
    [Theory]
    [InlineData(512, 6_296_064, 0)]
    [InlineData(768, 14_162_688, 1_050_368)]
    [InlineData(1024, 25_175_040, 1_312_768)]
    [InlineData(1280, 39_333_120, 1_575_168)]
    public void Networks_have_the_published_counts(int p, long phi, long im2Text)
    {
        Assert.Equal(phi, Count(MappingNetwork.Shapes(p, 4 * p, p)));
        if (im2Text > 0)
            Assert.Equal(im2Text, Count(Im2Text.Shapes(p, 512, p)));
        Assert.Equal(59_003_521, Count(CombinerNetwork.Shapes(640, 2560, 5120)));

        static long Count(int[][] shapes) => shapes.Sum(s => s.Aggregate(1L, (n, d) => n * d));
    }

    [Theory]
    [InlineData("lincir")]
    [InlineData("pic2word")]
    [InlineData("searle")]
    [InlineData("combiner")]
    public void Every_number_of_the_optimizer_counts(string method)
    {
        float[] plain = [.. Train(method).SelectMany(w => w.Value)];
        foreach (string setting in new[] { "learning_rate=2e-2", "weight_decay=0.9", "beta1=0.5", "beta2=0.5", "epsilon=0.1", "dropout=0.3" })
            Assert.True(plain.Zip(Train(method, setting).SelectMany(w => w.Value), (a, b) => MathF.Abs(a - b)).Max() > 1e-5f, setting);
    }

    // After one step the decay alone is the difference: −rate·decay·w, where it acts; float32 rounding of weights below 1.
    [Theory]
    [InlineData("lincir", true)]
    [InlineData("searle", true)]
    [InlineData("pic2word", false)]
    [InlineData("cirplant", false)]
    public void Decay_acts_on_biases_where_it_is_published_so(string method, bool biases)
    {
        Dictionary<string, float[]> start = Train(method, "learning_rate=0", "steps=1"), without = Train(method, "weight_decay=0", "steps=1");
        Dictionary<string, float[]> with = Train(method, $"weight_decay={Decay.ToString(CultureInfo.InvariantCulture)}", "steps=1");
        Assert.Contains(start, w => w.Key.EndsWith("bias", StringComparison.Ordinal) && w.Value.Max(MathF.Abs) > 1e-2f);
        foreach ((string name, float[] from) in start)
        {
            bool decays = biases || !(name.EndsWith("bias", StringComparison.Ordinal)
                || name.Contains("ln", StringComparison.Ordinal) || name == "scale");
            for (int i = 0; i < from.Length; i++)
                Assert.Equal(decays ? -Rate * Decay * from[i] : 0, with[name][i] - without[name][i], 2e-6f);
        }
    }

    private Dictionary<string, float[]> Train(string method, params string[] settings)
    {
        MethodTraining training = Method.Find(method).Training!;
        string rate = $"learning_rate={Rate.ToString(CultureInfo.InvariantCulture)}";
        string[] own = method switch
        {
            "searle" => ["batch=8", "steps=3", "oti_steps=2", "oti_batch=8", "oti_pictures=8", rate],
            "cirplant" => [.. Small, "layers=1", "dropout=0", "schedule=constant", rate],
            "combiner" => [.. Small, "projection=8", "hidden=8", "dropout=0.5", rate],
            "pic2word" => [.. Small, "hidden=8", "augment=false", rate],
            _ => [.. Small, rate],
        };
        using Trainer trainer = training.Create(_clip, _data, training.Options(false, [.. own, .. settings]));
        while (trainer.Step < trainer.Steps)
            trainer.Next();
        string path = _folder.At("weights.safetensors");
        trainer.Save(path);
        using TensorFile file = TensorFile.Open(path);
        return file.Tensors.ToDictionary(t => t.Key, t =>
        {
            float[] values = new float[t.Value.Count];
            file.Read(t.Key, values);
            return values;
        });
    }
}
