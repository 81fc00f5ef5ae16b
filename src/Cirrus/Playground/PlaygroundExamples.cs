using System.Globalization;
using Cirrus.Imaging;
using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>
/// What CompoDiff learns from on the Playground: captioned scenes, scenes with a hidden object, and scenes before and
/// after one keyword is another.
/// </summary>
/// <remarks>
/// As the published data it is synthetic: a wanted picture is the reference's scene with one keyword changed
/// (<see cref="SceneEdit"/>), and instructions come from templates, none of them the benchmark's wording. Pairs of kind
/// and colour that are held out do not occur.
/// </remarks>
internal static class PlaygroundExamples
{
    private const ulong Pictures = 0xC0D1, Words = 1, Parts = 2, Edits = 3, Back = 4;

    private const float LeastMargin = 0.1f, MostMargin = 0.35f;

    /// <param name="count">
    /// captioned pictures; three tenths of them are hidden in part, too; from each begins a triplet, and most of these
    /// lead back as well.
    /// </param>
    public static DiffusionSet Make(ulong seed, int count)
    {
        Philox source = new Philox(seed, 0).Fork(Pictures);
        List<Scene> scenes = [.. Enumerable.Range(0, count).Select(i => World.Random(new(source.Fork((ulong)i)), everyPair: false))];
        List<float[]> masks = [];
        DiffusionSample[] words = [.. scenes.Select((s, i) => new DiffusionSample(Captions.Of(s, Of(Words, i)), null, null, i))];
        List<DiffusionSample> hidden = [], triplets = [];
        for (int i = 0; i < count * 3 / 10; i++)
        {
            Dice dice = new(Of(Parts, i));
            bool second = scenes[i].Second is not null && dice.Chance(0.5f);
            masks.Add(Drawing.Mask(scenes[i], Look(i), second, dice.Between(LeastMargin, MostMargin)));
            hidden.Add(new(CaptionOfPart(scenes[i], second, dice), count + i, i, i));
        }
        int pictures = count + masks.Count;
        for (int i = 0; i < count; i++)
        {
            Dice dice = new(Of(Edits, i));
            SceneChange change = SceneEdit.Random(scenes[i], dice, new(Of(Back, i)));
            triplets.Add(new(change.Instruction, i, null, pictures + i));
            if (change.Back is string back)
                triplets.Add(new(back, pictures + i, null, i));
            scenes.Add(change.Wanted);
        }
        return new(new([.. Enumerable.Range(0, pictures + count).Select(i => i.ToString("D6", CultureInfo.InvariantCulture))],
            $"playground examples {seed} {count}", Read),
            masks, words, hidden, triplets);

        Philox Of(ulong part, int i) => source.Fork(part).Fork((ulong)i);

        Philox Look(int scene) => source.Fork((ulong)scene).Fork(1);

        float[] Read(int place, Philox? random)
        {
            int part = place - count, scene = place < count ? place : part < masks.Count ? part : place - masks.Count;
            float[] pixels = new float[PlaygroundClip.PixelsOf(1)];
            byte[] drawn = Drawing.Draw(scenes[scene], Look(scene));
            if (random is Philox window)
                drawn = RandomCrop.Take(new(Drawing.ClipSide, Drawing.ClipSide, PictureMode.Rgb, drawn), Drawing.ClipSide, window).Pixels;
            PlaygroundClip.Pixels([drawn], pixels);
            return place >= count && part < masks.Count ? PlaygroundClip.Hide(pixels, masks[part]) : pixels;
        }
    }

    /// <summary>A caption that names the hidden object first: of the whole picture, or of this object in its place.</summary>
    private static string CaptionOfPart(Scene scene, bool second, Dice dice)
    {
        Scene told = second ? scene with { First = scene.Second!.Value, Second = scene.First } : scene;
        return Captions.Of(dice.Chance(0.5f) ? told : told with { Second = null, Copies = 1 }, dice.Source.Fork(1));
    }
}
