using Cirrus.Evaluation;

namespace Cirrus.Tests.Evaluation;

public sealed class TextTableTests
{
    [Fact]
    public void Groups_stand_above_their_columns_and_lines_between_rows()
    {
        TextTable table = new(["in %", "a", "b", "c"], ["", "long name", "long name", "x"]);
        table.Add(["method", "1.00", "2.00", "3.00"]);
        table.AddLine("published, in a line that is longer than the table is wide:");
        table.Add(["m", "4.00", "", "5.00", "behind"]);
        StringWriter text = new() { NewLine = "\n" };
        table.Write(text);
        Assert.Equal("""
                     long name     x
            in %       a     b     c
            method  1.00  2.00  3.00
            published, in a line that is longer than the table is wide:
            m       4.00        5.00  behind

            """.ReplaceLineEndings("\n"), text.ToString());
    }
}
