using Cirrus.Methods.Combiner;
using Cirrus.Tensors;

namespace Cirrus.Tests.Methods.Combiner;

public sealed class CombinerNetworkTests
{
    private const int P = 3, Projection = 4, Hidden = 5;

    // The words come first in the concatenation and have the share λ; both sides are blended as long as they are. float32 against float64.
    [Fact]
    public void The_query_is_a_residual_on_the_blend_of_raw_features()
    {
        using Device device = Device.Open("cpu");
        using CombinerNetwork network = CombinerNetwork.Random(device, P, Projection, Hidden, new Philox(2, 0));
        float[] picture = [3, -1, 2], words = [-2, 5, 1];
        double[] v = Array.ConvertAll(picture, x => (double)x), t = Array.ConvertAll(words, x => (double)x);
        double[] both = [.. Layer("text_projection_layer", t), .. Layer("image_projection_layer", v)];
        double share = 1 / (1 + Math.Exp(-Linear("dynamic_scalar.3", Layer("dynamic_scalar.0", both))[0]));
        double[] query = [.. Linear("output_layer", Layer("combiner_layer", both)).Select((r, i) => r + (share * t[i]) + ((1 - share) * v[i]))];
        double norm = Math.Sqrt(query.Sum(q => q * q));
        using Arena arena = new(device);
        (Tensor found, Tensor lambda) = network.Compose(new(arena), arena.From(picture, 1, P), arena.From(words, 1, P), dropout: 0);
        Assert.Equal(share, lambda.Floats[0], 1e-6);
        Golden.Close([.. query.Select(q => (float)(q / norm))], found.Floats, 1e-6f);

        double[] Layer(string name, IReadOnlyList<double> x) => [.. Linear(name, x).Select(y => Math.Max(y, 0))];

        double[] Linear(string name, IReadOnlyList<double> x)
        {
            float[] weight = Of($"{name}.weight"), bias = Of($"{name}.bias");
            return [.. bias.Select((b, row) => b + Enumerable.Range(0, x.Count).Sum(i => weight[(row * x.Count) + i] * x[i]))];
        }

        float[] Of(string name) => network.Weights[network.Names.ToList().IndexOf(name)].Floats.ToArray();
    }
}
