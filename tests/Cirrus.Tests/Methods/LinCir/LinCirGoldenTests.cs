using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Methods.LinCir;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Tests.Methods.LinCir;

/// <summary>Ten steps of the original train_phi on a tiny CLIP, noise and masks recorded (shared/golden/lincir).</summary>
public sealed class LinCirGoldenTests : IDisposable
{
    private const int B = 4, P = 24, W = 64, H = 96, Placeholder = 259;

    private readonly Device _device = Device.Open("cpu");
    private readonly Arena _arena;
    private readonly Graph _g;
    private readonly TensorFile _golden;
    private readonly ClipModel _clip;

    public LinCirGoldenTests()
    {
        _golden = TensorFile.Open(Shared.Need("golden/lincir/step.safetensors"));
        (_arena, _g) = (new(_device), new(new Arena(_device)));
        _clip = Load();
    }

    public void Dispose()
    {
        _clip.Dispose();
        _g.Arena.Dispose();
        _arena.Dispose();
        _golden.Dispose();
        _device.Dispose();
    }

    // float32 against float64 of the original: losses 1.5e-7, parameters 4.6e-7; the first AdamW steps move an element whose
    // gradient is near zero by about lr either way, so single elements may differ by 2e-5 and 99 in 100 by 1e-6.
    [Fact]
    public void Ten_steps_give_the_original_losses_gradients_and_parameters()
    {
        float[] t = Features(), losses = Read("loss"), rates = [.. ReadDoubles("lr").Select(r => (float)r)];
        Close(Read("t"), t, 2e-5f);
        using MappingNetwork phi = Phi("init.");
        using AdamW adam = new(phi.Weights);
        float[] u = Read("noise_u"), n = Read("noise_n"), decay = [.. Enumerable.Repeat(0.01f, 6)];
        for (int step = 0; step < losses.Length; step++)
        {
            float loss = Gradients(phi, Noisy(t, u.AsSpan(step * B, B), n.AsSpan(step * B * P, B * P)), t, out Tensor[] gradients);
            Assert.InRange(loss, losses[step] * (1 - 1e-5f), losses[step] * (1 + 1e-5f));
            for (int i = 0; i < 6 && step == 0; i++)
                Close(Read($"grad_step1.{MappingNetwork.Names[i]}"), gradients[i].Floats.ToArray(), 1e-4f);
            adam.Step(gradients, rates[step], decay);
            _g.Reset();
            if (step + 1 is 1 or 2 or 10)
                for (int i = 0; i < 6; i++)
                    CloseParameters(Read($"after_{step + 1:00}.{MappingNetwork.Names[i]}"), phi.Weights[i].Floats);
        }
    }

    [Fact]
    public void Dropout_with_the_recorded_masks_agrees()
    {
        float[] t = Features();
        using MappingNetwork phi = Phi("init.");
        Tensor[] keep = [Upload("dropout.keep_0", B, H), Upload("dropout.keep_1", B, H)];
        float[] x = Noisy(t, Read("dropout.noise_u"), Read("dropout.noise_n"));
        Close(Read("dropout.e"), phi.Forward(_g, _arena.From(x, B, P), 0.5f, keep).Floats.ToArray(), 2e-5f);
        float loss = Gradients(phi, x, t, out Tensor[] gradients, keep), expected = Read("dropout.loss")[0];
        Assert.InRange(loss, expected * (1 - 1e-5f), expected * (1 + 1e-5f));
        Close(Read("dropout.grad.layers.0.weight"), gradients[0].Floats.ToArray(), 1e-4f);
        Close(Read("dropout.grad.layers.6.bias"), gradients[5].Floats.ToArray(), 1e-4f);
    }

    [Fact]
    public void Normalised_features_agree()
    {
        float[] t = Features();
        using MappingNetwork phi = Phi("init.");
        float[] x = _g.L2Normalize(_arena.From(Noisy(t, Read("l2.noise_u"), Read("l2.noise_n")), B, P)).Floats.ToArray();
        Close(Read("l2.x"), x, 2e-5f);
        float loss = Gradients(phi, x, t, out Tensor[] gradients), expected = Read("l2.loss")[0];
        Assert.InRange(loss, expected * (1 - 1e-5f), expected * (1 + 1e-5f));
        Close(Read("l2.grad.layers.0.bias"), gradients[1].Floats.ToArray(), 1e-4f);
    }

    [Fact]
    public void The_published_file_is_read_and_written()
    {
        string folder = Directory.CreateTempSubdirectory("cirrus").FullName;
        using MappingNetwork phi = MappingNetworkFile.Load(Shared.Need("golden/lincir/phi-step10.pt"), _device);
        Assert.Equal((P, H, W), (phi.P, phi.Hidden, phi.W));
        foreach (string name in new[] { "phi.pt", "phi.safetensors" })
        {
            MappingNetworkFile.Save(phi, Path.Combine(folder, name));
            using MappingNetwork again = MappingNetworkFile.Load(Path.Combine(folder, name), _device);
            for (int i = 0; i < 6; i++)
            {
                Assert.Equal(Read($"after_10.{MappingNetwork.Names[i]}"), again.Weights[i].Floats.ToArray());
                Assert.Equal(phi.Weights[i].Shape.ToArray(), again.Weights[i].Shape.ToArray());
            }
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Learning_rates_are_the_original_ones()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Shared.Need("golden/lincir/step.json")));
        Same("lr_constant_with_warmup_4", new(Schedule.ConstantWithWarmup, 1e-4, 4, 6));
        Same("lr_constant_with_warmup_0", new(Schedule.ConstantWithWarmup, 1e-4, 0, 3));
        Same("lr_constant_warmup_500", new(Schedule.Constant, 1e-4, 500, 3));

        void Same(string name, LearningRate rate)
        {
            double[] expected = [.. json.RootElement.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];
            Assert.Equal(expected, expected.Select((_, step) => rate.At(step)), (a, b) => Math.Abs(a - b) < 1e-18);    // one rounding of a double
        }
    }

    private ClipModel Load()
    {
        string folder = Directory.CreateTempSubdirectory("cirrus").FullName;
        foreach (string file in Directory.GetFiles(Shared.Need("golden/clip/clip-a-hf")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        File.Copy(Shared.Need("golden/clip/tiny-bpe-600.txt.gz"), Path.Combine(folder, "bpe_simple_vocab_16e6.txt.gz"));
        ClipModel clip = ClipModel.Load(folder, _device);
        Directory.Delete(folder, recursive: true);
        return clip;
    }

    private float[] Features() => _clip.Text.Forward(new Graph(_arena), Tokens("original_ids")).Floats.ToArray();

    private float Gradients(MappingNetwork phi, float[] x, float[] t, out Tensor[] gradients, IReadOnlyList<Tensor>? keep = null)
    {
        _g.Reset();
        phi.Watch(_g);
        Tensor loss = LinCirGradient.Forward(_g, _clip.Text, phi, Tokens("replaced_ids"), _arena.From(x, B, P), _arena.From(t, B, P), Placeholder,
            keep is null ? 0 : 0.5f, keep);
        float value = loss.Floats[0];
        _g.Backward(loss);
        gradients = [.. phi.Weights.Select(_g.Gradient)];
        return value;
    }

    private static float[] Noisy(float[] t, ReadOnlySpan<float> u, ReadOnlySpan<float> n)
    {
        float[] x = new float[B * P];
        for (int i = 0; i < x.Length; i++)
            x[i] = t[i] + (u[i / P] * n[i]);
        return x;
    }

    private MappingNetwork Phi(string prefix) => new(_device, P, H, W, [.. MappingNetwork.Names.Select(name => Read(prefix + name))]);

    private TokenBatch Tokens(string name)
    {
        long[] ids = new long[B * 77];
        _golden.Read(name, ids);
        return TokenBatch.From([.. ids.Select(i => (int)i).Chunk(77)]);
    }

    private float[] Read(string name)
    {
        float[] values = new float[_golden.Tensors[name].Count];
        _golden.Read(name, values);
        return values;
    }

    private IEnumerable<double> ReadDoubles(string name) => Read(name).Select(v => (double)v);

    private Tensor Upload(string name, params int[] shape)
    {
        long[] values = new long[_golden.Tensors[name].Count];
        _golden.Read(name, values);
        return _arena.From([.. values.Select(v => (float)v)], shape);
    }

    private static void Close(float[] expected, float[] actual, float share)
    {
        float largest = expected.Max(Math.Abs);
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= share * largest, $"[{i}] {expected[i]} and {actual[i]}, largest {largest}");
    }

    private static void CloseParameters(float[] expected, ReadOnlySpan<float> actual)
    {
        int far = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            float difference = Math.Abs(expected[i] - actual[i]);
            Assert.True(difference <= 2e-5f, $"[{i}] {expected[i]} and {actual[i]}");
            far += difference > 1e-6f ? 1 : 0;
        }
        Assert.True(far <= expected.Length / 100, $"{far} of {expected.Length} differ by more than 1e-6");
    }
}
