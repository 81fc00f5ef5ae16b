using Cirrus.Methods.Clip4Cir;
using Cirrus.Methods.Combiner;
using Cirrus.Tensors;
using Cirrus.Tests.Tensors;

namespace Cirrus.Tests.Methods.Combiner;

/// <summary>The original Combiner with 24, 40 and 56 units (shared/golden/combiner), and stage 1's loss.</summary>
public sealed class CombinerGoldenTests : IDisposable
{
    // The originals are float32, by their README 2e-6 (gradients) and 2.2e-7 (loss) from float64.
    private const int B = 6, P = 24, Projection = 40, Hidden = 56;
    private const float Outputs = 1e-6f, Logits = 1e-4f, Loss = 1e-5f, Gradients = 1e-5f, Parameters = 2e-6f;

    private readonly Device _device = Device.Open("cpu");
    private readonly Arena _arena;
    private readonly Graph _g;
    private readonly Golden _golden;
    private readonly Tensor _pictures, _words, _targets;

    public CombinerGoldenTests()
    {
        _golden = new(Shared.Need("golden/combiner/combiner.safetensors"));
        (_arena, _g) = (new(_device), new(new Arena(_device)));
        (_pictures, _words, _targets) = (Tensor("image_features"), Tensor("text_features"), Tensor("target_features"));
    }

    public void Dispose()
    {
        _g.Arena.Dispose();
        _arena.Dispose();
        _golden.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void Queries_shares_and_gradients_are_the_original_ones()
    {
        using CombinerNetwork combiner = Network("init.");
        combiner.Watch(_g);
        _g.Watch(_pictures);
        _g.Watch(_words);
        (Tensor query, Tensor share) = combiner.Compose(_g, _pictures, _words, dropout: 0);
        Tensor logits = _g.Scale(_g.Linear(query, _g.L2Normalize(_targets)), 100);
        Tensor loss = _g.CrossEntropy(logits, [.. Enumerable.Range(0, B)]);
        Golden.Close(_golden.Floats("combined"), query.Floats, Outputs);
        Golden.Close(_golden.Floats("lambda"), share.Floats, Outputs);
        Golden.Close(_golden.Floats("logits"), logits.Floats, Logits / 100);
        Golden.Close(_golden.Floats("loss"), loss.Floats, Loss);
        _g.Backward(loss);
        for (int i = 0; i < combiner.Names.Count; i++)
            Golden.Close(_golden.Floats($"grad.{combiner.Names[i]}"), _g.Gradient(combiner.Weights[i]).Floats, Gradients);
        Golden.Close(_golden.Floats("grad_image_features"), _g.Gradient(_pictures).Floats, Gradients);
        Golden.Close(_golden.Floats("grad_text_features"), _g.Gradient(_words).Floats, Gradients);
    }

    [Fact]
    public void Three_steps_of_Adam_give_the_original_losses_and_parameters()
    {
        using CombinerNetwork combiner = Network("init.");
        using AdamW adam = new(combiner.Weights);
        float[] losses = _golden.Floats("losses");
        foreach (float expected in losses)
        {
            combiner.Watch(_g);
            Tensor loss = _g.CrossEntropy(combiner.Logits(_g, _pictures, _words, _g.L2Normalize(_targets), 100), [.. Enumerable.Range(0, B)]);
            Golden.Close([expected], loss.Floats, Loss);
            _g.Backward(loss);
            adam.Step([.. combiner.Weights.Select(_g.Gradient)], 2e-5f, new float[combiner.Weights.Count]);
            _g.Reset();
        }
        for (int i = 0; i < combiner.Names.Count; i++)
            foreach ((float expected, float found) in _golden.Floats($"after_03.{combiner.Names[i]}").Zip(combiner.Weights[i].Floats.ToArray()))
                Assert.Equal(expected, found, Parameters);
    }

    [Fact]
    public void Dropout_with_the_recorded_masks_agrees()
    {
        using CombinerNetwork combiner = Network("init.");
        combiner.Watch(_g);
        Tensor[] keep = [.. new[] { "text", "image", "combiner", "scalar" }.Select(name =>
            _arena.From([.. _golden.Bytes($"dropout.keep_{name}").Select(k => (float)k)], _golden.Shape($"dropout.keep_{name}")))];
        Tensor logits = _g.Scale(_g.Linear(combiner.Compose(_g, _pictures, _words, 0.5f, keep).Query, _g.L2Normalize(_targets)), 100);
        Tensor loss = _g.CrossEntropy(logits, [.. Enumerable.Range(0, B)]);
        Golden.Close(_golden.Floats("dropout.logits"), logits.Floats, Logits / 100);
        Golden.Close(_golden.Floats("dropout.loss"), loss.Floats, Loss);
        _g.Backward(loss);
        foreach (string name in new[] { "output_layer.weight", "dynamic_scalar.0.bias" })
            Golden.Close(_golden.Floats($"dropout.grad_{name.Replace('.', '_')}"),
                _g.Gradient(combiner.Weights[combiner.Names.ToList().IndexOf(name)]).Floats, Gradients);
    }

    [Fact]
    public void Stage_one_has_the_original_loss_and_gradients()
    {
        foreach (Tensor leaf in new[] { _pictures, _words, _targets })
            _g.Watch(leaf);
        Tensor loss = Clip4CirTrainer.Loss(_g, _pictures, _words, _targets, 100);
        Golden.Close(_golden.Floats("stage1.loss"), loss.Floats, Loss);
        _g.Backward(loss);
        Golden.Close(_golden.Floats("stage1.grad_image"), _g.Gradient(_pictures).Floats, Gradients);
        Golden.Close(_golden.Floats("stage1.grad_text"), _g.Gradient(_words).Floats, Gradients);
        Golden.Close(_golden.Floats("stage1.grad_target"), _g.Gradient(_targets).Floats, Gradients);
        Golden.Close(_golden.Floats("sum.query"), _g.L2Normalize(_g.Add(_pictures, _words)).Floats, Outputs);
    }

    [Fact]
    public async Task The_published_file_is_read_and_written_and_PyTorch_reads_ours()
    {
        using TempFolder folder = new();
        using CombinerNetwork combiner = CombinerNetwork.Load(Shared.Need("golden/combiner/combiner.pt"), _device);
        Assert.Equal("3", combiner.Provenance["epoch"]);
        foreach (string name in new[] { "combiner.pt", "combiner.safetensors" })
        {
            combiner.Save(folder.At(name));
            using CombinerNetwork again = CombinerNetwork.Load(folder.At(name), _device);
            for (int i = 0; i < again.Names.Count; i++)
                Assert.Equal(_golden.Floats($"after_03.{again.Names[i]}"), again.Weights[i].Floats.ToArray());
        }
        const string Program = """
            import sys, torch
            a, b = (torch.load(p, map_location='cpu') for p in sys.argv[1:])
            assert a.keys() == b.keys() and a['epoch'] == b['epoch'], (a.keys(), b.keys())
            assert list(a['Combiner']) == list(b['Combiner'])
            print(all(torch.equal(v, b['Combiner'][k]) for k, v in a['Combiner'].items()))
            """;
        Assert.SkipWhen(await TorchFilesTests.Python("-c", "import torch") is null, "needs Python with PyTorch, which is not installed");
        Assert.Equal("True\n", await TorchFilesTests.Python("-c", Program, Shared.Need("golden/combiner/combiner.pt"), folder.At("combiner.pt")));
    }

    private CombinerNetwork Network(string prefix)
    {
        using CombinerNetwork shape = CombinerNetwork.Random(_device, P, Projection, Hidden, new Philox(1, 0));
        return new(_device, P, Projection, Hidden, [.. shape.Names.Select(n => _golden.Floats(prefix + n))]);
    }

    private Tensor Tensor(string name) => _arena.From(_golden.Floats(name), B, P);
}
