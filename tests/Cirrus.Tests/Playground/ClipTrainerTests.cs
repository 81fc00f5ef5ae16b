using Cirrus.Playground;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Tests.Playground;

public sealed class ClipTrainerTests
{
    private static readonly ClipTrainingOptions Small = new()
    {
        Batch = 32,
        Width = 32,
        Layers = 1,
        Steps = 150,
        Warmup = 5,
        VocabularyCaptions = 500,
        LearningRate = 3e-3,
    };

    // 32 pairs at chance cost ln 32 = 3.5; at a scale of 100 an untrained pair costs more than that. A hundred and fifty steps reach about 2.5.
    [Fact]
    public void Loss_falls_below_chance()
    {
        using Device device = Device.Open("cpu");
        using ClipTrainer trainer = new(Small, device);
        float[] losses = [.. Enumerable.Range(0, 150).Select(_ => trainer.Next().Loss)];
        Assert.True(losses[..5].Average() > 3.4f, $"{losses[..5].Average()}");
        Assert.True(losses[^5..].Average() < 3.2f, $"{losses[^5..].Average()}");
        Assert.Equal(100, trainer.Clip.LogitScale, 1e-3);
        Assert.True(trainer.Done);
    }

    [Fact]
    public void A_resumed_run_goes_on_to_the_same_numbers()
    {
        using Device device = Device.Open("cpu");
        using TempFolder folder = new();
        using ClipTrainer whole = new(Small, device), first = new(Small, device), second = new(Small, device);
        for (int i = 0; i < 4; i++)
            whole.Next();
        first.Next();
        first.Next();
        StateFile.Save(folder.At("state.safetensors"), first.State(), new Dictionary<string, string>());
        StateFile.Load(folder.At("state.safetensors"), second.State());
        second.Resumed(2, 0);
        second.Next();
        second.Next();
        foreach ((NamedValues a, NamedValues b) in whole.State().Zip(second.State()))
            Assert.Equal(a.Values, b.Values);
    }

    [Fact]
    public void Every_word_and_the_placeholder_are_one_token()
    {
        using Device device = Device.Open("cpu");
        using ClipTrainer trainer = new(Small with { VocabularyCaptions = 20_000 }, device);
        foreach (string word in Captions.Training(9, 500).SelectMany(c => c.Replace(",", " ,", StringComparison.Ordinal).Split(' '))
            .Where(w => w.Length > 0).Append("$").Distinct())
            Assert.Single(trainer.Clip.Tokenizer.EncodePlain(word));
    }
}
