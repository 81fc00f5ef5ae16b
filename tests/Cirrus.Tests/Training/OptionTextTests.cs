using Cirrus.Methods.LinCir;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Tests.Training;

public sealed class OptionTextTests
{
    [Fact]
    public void Settings_change_options_by_their_names()
    {
        LinCirOptions options = Apply("batch=8", "learning-rate=1e-3", "Schedule=cosine", "ema=true", "noise_share=0.2", "seed=18446744073709551615");
        Assert.Equal(new LinCirOptions
        {
            Batch = 8,
            LearningRate = 1e-3,
            Schedule = Schedule.Cosine,
            Ema = true,
            NoiseShare = 0.2f,
            Seed = ulong.MaxValue,
        }, options);
        Assert.Equal(options, Apply([.. OptionText.Print(options, LinCirJson.Default.LinCirOptions).Split('\n')
            .Where(l => l.Contains(':', StringComparison.Ordinal)).Select(l => l.Trim(' ', ',', '\r').Replace("\"", "", StringComparison.Ordinal).Replace(": ", "=", StringComparison.Ordinal))]));
    }

    [Theory]
    [InlineData("bathc=8", "batch")]
    [InlineData("batch", "name=value")]
    [InlineData("batch=eight", "512")]
    [InlineData("batch=1.5", "--print-options")]
    [InlineData("batch=1e12", "--print-options")]
    [InlineData("ema=7", "false")]
    [InlineData("schedule=sometimes", "--print-options")]
    public void A_wrong_setting_says_what_would_be_right(string setting, string hint) =>
        Assert.Contains(hint, Assert.Throws<CirrusException>(() => Apply(setting)).Hint, StringComparison.Ordinal);

    [Fact]
    public void Numbers_out_of_range_are_told() =>
        Assert.Contains("'dropout'", Assert.Throws<CirrusException>(() => Apply("dropout=1").Check()).Message, StringComparison.Ordinal);

    private static LinCirOptions Apply(params string[] settings) => OptionText.Apply(new LinCirOptions(), settings, LinCirJson.Default.LinCirOptions);
}
