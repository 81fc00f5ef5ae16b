using Cirrus.Evaluation.Reports;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>A question with the places that were found, best first.</summary>
public sealed record DemoAnswer(DemoQuestion Question, IReadOnlyList<int> Found);

/// <summary>The report that <c>cirrus demo</c> writes: the Playground's, and what was asked of the demo's own gallery.</summary>
public static class DemoReport
{
    private const int ThumbnailSide = 128;

    public static Report Create(PlaygroundResult result, string slerp, IReadOnlyList<float> losses, DemoGallery gallery,
        IReadOnlyList<DemoAnswer> answers)
    {
        Report report = PlaygroundReport.Create(result, losses: losses, slerp: slerp);
        ExamplesSection hard = new("What no method here is made for",
            "Comparing, leaving out, counting: asked all the same, of the demo's own gallery. A right answer here is luck.",
            [.. answers.Where(a => a.Question.Hard).Select(a => Show(gallery, a))]);
        List<ReportSection> sections = [.. report.Sections];
        sections.Insert(sections.FindIndex(s => s is ExamplesSection) + 1, hard);
        return report with { Sections = sections };
    }

    private static Example Show(DemoGallery gallery, DemoAnswer answer) =>
        new(answer.Question.About, Picture(gallery, answer.Question.Reference), answer.Question.Words,
        [new("lincir", [.. answer.Found.Select(place => new ShownHit(Picture(gallery, place), KindOf(answer.Question, place)))], Emphasis: true)]);

    /// <summary>How a place is marked as an answer.</summary>
    public static HitKind KindOf(DemoQuestion question, int place)
    {
        ArgumentNullException.ThrowIfNull(question);
        return question.Right.Contains(place) ? HitKind.Right : question.Unchanged.Contains(place) ? HitKind.Unchanged : HitKind.Other;
    }

    private static ShownPicture Picture(DemoGallery gallery, int place) => new(Png.DataUri(gallery.Picture(place, ThumbnailSide), ThumbnailSide),
        Captions.Of(gallery.Scenes[place], new Philox((ulong)place, 0), everything: true));
}
