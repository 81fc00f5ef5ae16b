using System.Text;
using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>A grammar that tells a scene in words, as captions in the wild do: objects first, a part of what is visible, in many shapes.</summary>
/// <remarks>
/// The kind of the first object is always named; colour in two thirds, fill in 45 %, size in 35 %, background and style in a
/// third each. About 40 % have a relative clause and 15 % a contrast ("that is green instead of red"): the prompts
/// ("a photo of $ that ...") and the change texts lean on both. A caption never begins with a verb, so no change text is one.
/// </remarks>
public static class Captions
{
    /// <summary>Captions of random scenes without held-out pairs: what text-only training sees.</summary>
    public static IEnumerable<string> Training(ulong seed, int count)
    {
        Philox source = new Philox(seed, 0).Fork(0xCA97);
        for (int i = 0; i < count; i++)
        {
            Philox own = source.Fork((ulong)i);
            yield return Of(World.Random(new(own), everyPair: false), own.Fork(1));
        }
    }

    /// <summary>A caption of the scene.</summary>
    /// <param name="everything">true: names every attribute of every object.</param>
    public static string Of(Scene scene, Philox seed, bool everything = false)
    {
        ArgumentNullException.ThrowIfNull(scene);
        return new Teller(scene, new(seed), everything).Tell();
    }

    /// <summary>How one caption comes about: what is named, then as adjective, clause, phrase or list item.</summary>
    private sealed class Teller(Scene scene, Dice dice, bool everything)
    {
        private readonly List<string> _adjectives = [], _clauses = [], _phrases = [], _items = [];
        private readonly bool _plural = scene.Copies > 1;
        private bool _contrast;
        private string? _lead;

        public string Tell()
        {
            bool relative = dice.Chance(0.42f), list = !relative && dice.Chance(0.3f);
            _contrast = dice.Chance(0.17f);
            bool wantsClause = relative || _contrast;
            Choose(out bool colour, out bool fill, out bool size, out bool place, out bool style, out bool second);
            if (wantsClause && !(colour || fill || place || style || second))
                colour = true;
            Say(size, Wording.Any(scene.First.Size, dice), () => Wording.Of((Size)(1 - (int)scene.First.Size)), relative, list, false);
            Say(fill, Wording.Any(scene.First.Fill, dice),
                () => Wording.Of((Fill)dice.Other((int)scene.First.Fill, World.Fills)), relative, list, false);
            Say(colour, Wording.Of(scene.First.Colour), OtherColour, relative, list, false);
            if (dice.Chance(0.3f))
                _adjectives.Reverse();
            if (second)
                SaySecond(relative, list);
            Say(place, Wording.Any(scene.Backdrop, dice),
                () => Wording.Of((Backdrop)dice.Other((int)scene.Backdrop, World.Backdrops)), relative, list, true,
                Wording.Tag(scene.Backdrop));
            SayStyle(style, relative, list);
            return Join();
        }

        private void Choose(out bool colour, out bool fill, out bool size, out bool place, out bool style, out bool second)
        {
            colour = everything || dice.Chance(0.65f);
            fill = everything || dice.Chance(0.45f);
            size = everything || dice.Chance(0.35f);
            place = everything || dice.Chance(0.335f);
            style = everything || dice.Chance(0.335f);
            second = everything || dice.Chance(0.6f);
            if (scene.Second is null)
                second = !_plural && dice.Chance(everything ? 0.05f : 0.03f);
        }

        /// <summary>Names one attribute: as a clause or a list item where the shape asks for it, else as an adjective or phrase.</summary>
        private void Say(bool named, string word, Func<string> other, bool relative, bool list, bool phrase, string? item = null)
        {
            if (!named)
                return;
            if (_contrast && dice.Chance(0.5f))
            {
                _contrast = false;
                string not = other();
                _clauses.Add(dice.Chance(0.6f) ? $"{Is} {word} instead of {not}" : $"{Is} not {not} but {word}");
            }
            else if (relative && dice.Chance(0.6f))
                _clauses.Add($"{Is} {word}");
            else if (list && dice.Chance(0.5f))
                _items.Add(item ?? word);
            else
                (phrase ? _phrases : _adjectives).Add(word);
        }

        private void SayStyle(bool named, bool relative, bool list)
        {
            if (named && !relative && !list && dice.Chance(0.6f))
                _lead = Wording.Lead(scene.Style, dice);
            else if (named && !relative && !_contrast)
                _items.Add(Wording.Tag(scene.Style));
            else
            {
                int clauses = _clauses.Count;
                Say(named, Wording.Any(scene.Style, dice), () => Wording.Of((Style)dice.Other((int)scene.Style, World.Styles)), true, false, true);
                if (named && _clauses.Count == clauses)
                {
                    _phrases.RemoveAt(_phrases.Count - 1);
                    _lead = Wording.Lead(scene.Style, dice);
                }
            }
        }

        private void SaySecond(bool relative, bool list)
        {
            if (scene.Second is not { } second)
            {
                _clauses.Add($"{Is} alone");
                return;
            }
            string other = Noun(second);
            if (_contrast && dice.Chance(0.6f))
            {
                _contrast = false;
                _clauses.Add(dice.Chance(0.5f) ? $"has {other} beside it instead of being alone" : $"is not alone but has {other} beside it");
            }
            else if (relative && dice.Chance(0.65f))
                _clauses.Add(dice.Below(3) switch { 0 => $"is next to {other}", 1 => $"is beside {other}", _ => $"has {other} beside it" });
            else if (list && dice.Chance(0.4f))
                _items.Add(other);
            else
                _phrases.Insert(0, $"{dice.Pick("with", "and", "next to", "beside")} {other}");
        }

        private string Noun(Thing thing)
        {
            List<string> words = [];
            if (everything || dice.Chance(0.3f))
                words.Add(Wording.Any(thing.Size, dice));
            if (everything || dice.Chance(0.35f))
                words.Add(Wording.Any(thing.Fill, dice));
            if (everything || dice.Chance(0.6f))
                words.Add(Wording.Of(thing.Colour));
            words.Add(Wording.Of(thing.Kind));
            return Wording.Article(string.Join(' ', words));
        }

        private string OtherColour()
        {
            while (true)
                if ((Colour)dice.Other((int)scene.First.Colour, World.Colours) is var c && !World.HeldOut(scene.First.Kind, c))
                    return Wording.Of(c);
        }

        private string OtherKind()
        {
            while (true)
                if ((Kind)dice.Other((int)scene.First.Kind, World.Kinds) is var k && !World.HeldOut(k, scene.First.Colour))
                    return _plural ? Wording.Plural(k) : Wording.Article(Wording.Of(k));
        }

        private string Is => _plural ? "are" : "is";

        private string Join()
        {
            string words = string.Concat(_adjectives.Select(a => a + " "));
            string head = _plural
                ? $"{(scene.Copies == 2 ? "two" : "three")} {words}{Wording.Plural(scene.First.Kind)}"
                : Wording.Article(words + Wording.Of(scene.First.Kind));
            if (!_plural && _clauses.Count > 0 && dice.Chance(0.15f))
            {
                head = Wording.Article(words + "thing");
                _clauses.Insert(0, $"is {Wording.Article(Wording.Of(scene.First.Kind))}{(_contrast ? $" instead of {OtherKind()}" : "")}");
            }
            else if (_contrast)
                head += $" instead of {OtherKind()}";
            StringBuilder text = new();
            string? open = _lead ?? (dice.Chance(0.45f) ? dice.Pick("a photo of", "a picture of", "an image of") : null);
            bool sentence = open is null && _items.Count == 0 && dice.Chance(0.25f);
            if (sentence && _clauses.Count > 0 && dice.Chance(0.5f))
                return text.Append(_plural ? head : "the" + head[head.IndexOf(' ', StringComparison.Ordinal)..])
                    .Append(Tail(_phrases)).Append(' ').Append(Clauses()).ToString();
            if (sentence)
                text.Append(dice.Pick(_plural ? "there are" : "there is", "the picture shows", "here we see"));
            text.Append(open).Append(text.Length > 0 ? " " : "").Append(head);
            string clause = _clauses.Count == 0 ? "" : $" {dice.Pick("that", "that", "which")} {Clauses()}";
            text.Append(dice.Chance(0.3f) ? Tail(_phrases) + clause : _phrases.Count > 0 && _clauses.Count > 0
                && dice.Chance(0.3f) ? clause + " ," + Tail(_phrases) : clause + Tail(_phrases));
            Span<string> items = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_items);
            dice.Shuffle(items);
            foreach (string item in items)
                text.Append(", ").Append(item);
            return text.ToString();
        }

        private static string Tail(List<string> phrases) => string.Concat(phrases.Select(p => " " + p));

        /// <summary>"is red and striped": a repeated verb is told once, in half of the cases.</summary>
        private string Clauses()
        {
            Span<string> all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_clauses);
            dice.Shuffle(all);
            bool shorten = dice.Chance(0.6f);
            StringBuilder text = new(all[0]);
            foreach (string next in all[1..])
                text.Append(" and ").Append(shorten && next.StartsWith(Is + " ", StringComparison.Ordinal) ? next[(Is.Length + 1)..] : next);
            return text.ToString();
        }
    }
}
