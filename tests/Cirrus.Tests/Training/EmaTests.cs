using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Tests.Training;

public sealed class EmaTests
{
    // LinCIR's own EMAModel, run on a parameter that starts at 0 and grows by 0.1 ... 0.5 (shared/golden/lincir/ema.json).
    [Fact]
    public void The_shadow_follows_as_published()
    {
        using Device device = Device.Open("cpu");
        using Arena arena = new(device);
        float[] at = new float[37];
        Tensor parameter = arena.From(at, 37);
        Ema ema = new([parameter]);
        float[] expected = [0.08181818574666977f, 0.2454545497894287f, 0.4909090995788574f, 0.8181818127632141f, 1.2272727489471436f];
        for (int i = 0; i < expected.Length; i++)
        {
            at.AsSpan().Fill((float)(at[0] + (0.1 * (i + 1))));
            device.Upload(parameter, at);
            ema.Update();
            Assert.All(ema.Shadows[0], s => Assert.Equal(expected[i], s, 1e-6f));    // float32 rounding of five updates
        }
        Assert.Equal(0.9999, Ema.Decay(1_000_000));
    }
}
