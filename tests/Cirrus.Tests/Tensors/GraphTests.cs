using Cirrus.Tensors;

namespace Cirrus.Tests.Tensors;

/// <summary>The tape; each operation's own gradient is held in <see cref="ConformanceTests"/>.</summary>
public sealed class GraphTests
{
    [Fact]
    public void Gradients_add_up_where_a_tensor_is_used_again_and_are_zero_where_it_is_not()
    {
        using Device device = Device.Open("cpu");
        using Arena leaves = new(device), arena = new(device);
        Graph g = new(arena);
        Tensor x = leaves.From([3], 1), unused = leaves.From([1, 2], 2), unwatched = leaves.From([5], 1);
        g.Watch(x);
        g.Watch(unused);
        Tensor y = g.Add(g.Scale(x, 2), unwatched);
        g.Backward(g.Add(g.Blend(y, 3, x, -1), y));
        Assert.Equal([7f], g.Gradient(x).Floats);                   // 3·2 − 1 + 2
        Assert.Equal([0f, 0f], g.Gradient(unused).Floats);
        Assert.Throws<InvalidOperationException>(() => g.Gradient(unwatched));
        Assert.Throws<InvalidOperationException>(() => g.Gradient(y));
    }

    [Fact]
    public void Backward_asks_for_one_number_that_depends_on_something_watched()
    {
        using Device device = Device.Open("cpu");
        using Arena arena = new(device);
        Graph g = new(arena);
        Tensor x = arena.Zeros(2), loss = g.MeanSquaredError(x, x);
        Assert.Throws<InvalidOperationException>(() => g.Backward(loss));
        g.Watch(x);
        Assert.Throws<ArgumentException>(() => g.Backward(g.Scale(x, 1)));
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_named()
    {
        using Device device = Device.Open("cpu");
        using Arena arena = new(device);
        Graph g = new(arena);
        Tensor x = arena.Zeros(2, 3), w = arena.Zeros(4, 5);
        Assert.Contains("F32 [2, 3], F32 [4, 5]", Assert.Throws<ArgumentException>(() => g.Linear(x, w)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => g.Add(x, w));
        Assert.Throws<ArgumentException>(() => g.LayerNorm(x, w, w));
        Assert.Throws<ArgumentException>(() => g.GatherRows(x, [2]));
        Assert.Throws<ArgumentException>(() => g.Embedding([4], [0], w, w));
        Assert.Throws<ArgumentException>(() => g.SelfAttention(x, Ragged.Full(1, 3), 1, causal: false));
        Assert.Throws<ArgumentException>(() => g.CrossEntropy(x, [0, 3]));
    }

    // Float32 central differences with h = 1e-2 on values near 1 are good to about 1e-3 relative.
    [Fact]
    public void Gradients_of_a_whole_model_match_finite_differences()
    {
        using Device device = Device.Open("cpu");
        using Arena leaves = new(device), arena = new(device);
        Philox random = new(1, 2);
        Tensor Make(ulong stream, params int[] shape)
        {
            Tensor t = leaves.New(shape);
            for (int i = 0; i < t.Count; i++)
                t.Floats[i] = random.Fork(stream).Normal((ulong)i) * 0.5f;
            return t;
        }
        const int W = 12;
        Tensor table = Make(1, 7, W), pos = Make(2, 5, W), pseudo = Make(3, 2, W), g1 = Make(4, W), b1 = Make(5, W),
            wq = Make(6, 3 * W, W), bq = Make(7, 3 * W),
            wo = Make(8, W, W), bo = Make(9, W), w1 = Make(10, 20, W), bb1 = Make(11, 20), w2 = Make(12, W, 20),
                target = Make(13, 2, W), prefix = Make(14, 3, 3 * W);
        Tensor[] watched = [table, pos, pseudo, g1, b1, wq, bq, wo, bo, w1, bb1, w2];
        Graph g = new(arena);
        Ragged rows = new([0, 3, 7]);
        float Loss(bool back)
        {
            if (back)
                foreach (Tensor t in watched)
                    g.Watch(t);
            Tensor x = g.Embedding([0, 1, 2, 3, 1, 6, 5], [0, 1, 2, 0, 1, 2, 3], table, pos, pseudo, [-1, 0, -1, -1, 1, 1, -1]);
            Tensor h = g.LayerNorm(x, g1, b1);
            Tensor a = g.SelfAttention(g.Linear(h, wq, bq), rows, 3, causal: true, new AttentionPrefix(prefix, new([0, 2, 3]), [1, 0]));
            x = g.Linear(a, wo, bo, add: x);
            x = g.Linear(g.Linear(x, w1, bb1, Activation.QuickGelu), w2, add: x);
            x = g.L2Normalize(g.GatherRows(x, [2, 6]));
            Tensor loss = g.Add(g.MeanSquaredError(x, target), g.ContrastiveLoss(g.Linear(x, x)));
            float value = loss.Floats[0];
            if (back)
                g.Backward(loss);
            return value;
        }
        Loss(true);
        float[][] gradients = [.. watched.Select(t => g.Gradient(t).Floats.ToArray())];
        for (int w = 0; w < watched.Length; w++)
            for (int i = 0; i < watched[w].Count; i += 5)
            {
                const float step = 1e-2f;
                float was = watched[w].Floats[i];
                g.Reset();
                watched[w].Floats[i] = was + step;
                float up = Loss(false);
                g.Reset();
                watched[w].Floats[i] = was - step;
                float down = Loss(false);
                watched[w].Floats[i] = was;
                Assert.Equal((up - down) / (2 * step), gradients[w][i], 2e-3f);
            }
    }
}
