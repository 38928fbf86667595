using System.Diagnostics;
using HardwareAttestation.Client.Tests.Keys;

namespace HardwareAttestation.Client.Tests.Storage;

public sealed class FileTpmKeyStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FileTpmKeyStore _store;

    public FileTpmKeyStoreTests() => _store = new FileTpmKeyStore(KeyFolder);

    private string KeyFolder => _folder.File("keys");

    private string[] Files => [.. Directory.GetFileSystemEntries(KeyFolder).Select(path => Path.GetFileName(path)!).Order()];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_blob_is_loaded_as_it_was_saved()
    {
        TpmKeyBlob blob = TestKeys.Blob();

        await _store.SaveAsync("ak", blob);

        (await _store.LoadAsync("ak"))!.ToArray().Should().Equal(blob.ToArray());
        (await new FileTpmKeyStore(KeyFolder).LoadAsync("ak"))!.ToArray().Should().Equal(blob.ToArray());
        (await File.ReadAllBytesAsync(Path.Combine(KeyFolder, "ak.akblob"))).Should().Equal(blob.ToArray());
        Files.Should().Equal("ak.akblob");
    }

    [Fact]
    public async Task A_blob_that_is_not_there_is_null()
    {
        (await _store.LoadAsync("ak")).Should().BeNull("there is not even a folder");
        await _store.SaveAsync("other", TestKeys.Blob());
        (await _store.LoadAsync("ak")).Should().BeNull();
    }

    [Fact]
    public async Task A_blob_is_replaced_and_others_stay()
    {
        await _store.SaveAsync("one", TestKeys.Blob(1));
        await _store.SaveAsync("two", TestKeys.Blob(2));

        await _store.SaveAsync("one", TestKeys.Blob(3, privateSize: 10));

        (await _store.LoadAsync("one"))!.ToArray().Should().Equal(TestKeys.Blob(3, privateSize: 10).ToArray());
        (await _store.LoadAsync("two"))!.ToArray().Should().Equal(TestKeys.Blob(2).ToArray());
        Files.Should().Equal("one.akblob", "two.akblob");
    }

    [Fact]
    public async Task A_blob_is_removed_once_and_a_second_time_without_complaint()
    {
        (await _store.DeleteAsync("ak")).Should().BeFalse();
        await _store.SaveAsync("ak", TestKeys.Blob());

        (await _store.DeleteAsync("ak")).Should().BeTrue();
        (await _store.DeleteAsync("ak")).Should().BeFalse();

        (await _store.LoadAsync("ak")).Should().BeNull();
        Files.Should().BeEmpty();
    }

    [Fact]
    public async Task Its_owner_alone_may_read_a_blob()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await _store.SaveAsync("ak", TestKeys.Blob());

        File.GetUnixFileMode(Path.Combine(KeyFolder, "ak.akblob")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(KeyFolder).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task A_saving_that_is_cancelled_leaves_the_old_blob_and_nothing_else()
    {
        await _store.SaveAsync("ak", TestKeys.Blob(1));
        Func<Task> save = () => _store.SaveAsync("ak", TestKeys.Blob(2), new CancellationToken(canceled: true));

        await save.Should().ThrowAsync<OperationCanceledException>();

        (await _store.LoadAsync("ak"))!.ToArray().Should().Equal(TestKeys.Blob(1).ToArray());
        Files.Should().Equal("ak.akblob");
    }

    [Fact]
    public async Task A_saving_that_cannot_take_the_old_ones_place_leaves_nothing()
    {
        Directory.CreateDirectory(Path.Combine(KeyFolder, "ak.akblob"));
        await File.WriteAllTextAsync(Path.Combine(KeyFolder, "ak.akblob", "content"), "in the way");
        Func<Task> save = () => _store.SaveAsync("ak", TestKeys.Blob());

        (await save.Should().ThrowAsync<TpmKeyException>()).WithMessage("*cannot be written*").Which.Fault.Should().Be(TpmKeyFault.Unwritable);

        Files.Should().Equal("ak.akblob");
    }

    [Fact]
    public async Task A_folder_in_the_place_of_a_file_is_an_error_that_names_it()
    {
        Directory.CreateDirectory(Path.Combine(KeyFolder, "ak.akblob"));

        (await _store.Invoking(store => store.LoadAsync("ak")).Should().ThrowAsync<TpmKeyException>())
            .WithMessage("*ak.akblob*").Which.Fault.Should().Be(TpmKeyFault.Unreadable);
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_a_file_is_an_error_and_not_waited_for()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        Directory.CreateDirectory(KeyFolder);
        using Process process = Process.Start("mkfifo", [Path.Combine(KeyFolder, "ak.akblob")]);
        await process.WaitForExitAsync();

        (await _store.Invoking(store => store.LoadAsync("ak")).Should().ThrowAsync<TpmKeyException>())
            .WithMessage("*not a regular file*").Which.Fault.Should().Be(TpmKeyFault.Unreadable);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_an_error_and_not_a_missing_blob()
    {
        await File.WriteAllTextAsync(KeyFolder, "a file in the way");
        Func<Task> save = () => _store.SaveAsync("ak", TestKeys.Blob());

        await save.Should().ThrowAsync<TpmKeyException>().WithMessage("*cannot be written*");
        (await File.ReadAllTextAsync(KeyFolder)).Should().Be("a file in the way");
    }

    [Theory]
    [InlineData(0, "*it is empty*")]
    [InlineData(4, "*damaged*")]
    [InlineData(100, "*checksum*")]
    [InlineData(70_000, "*70000 bytes*")]
    public async Task A_damaged_file_is_named_and_left_as_it_is(int length, string fault)
    {
        await _store.SaveAsync("ak", TestKeys.Blob());
        string path = Path.Combine(KeyFolder, "ak.akblob");
        await using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(length);
        }

        byte[] damaged = await File.ReadAllBytesAsync(path);
        Func<Task> load = () => _store.LoadAsync("ak");

        (await load.Should().ThrowAsync<TpmKeyException>())
            .WithMessage($"Key file {path}: *The file was left as it is.").WithMessage(fault).Which.Fault.Should().Be(TpmKeyFault.Damaged);
        (await File.ReadAllBytesAsync(path)).Should().Equal(damaged);
        Files.Should().Equal("ak.akblob");
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("../ak")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("/etc/passwd")]
    [InlineData("C:ak")]
    [InlineData("AK")]
    [InlineData("a k")]
    [InlineData("ak\0")]
    [InlineData("ak\n")]
    [InlineData("\u00E9")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_name_that_is_no_plain_word_is_refused(string name)
    {
        Func<Task> load = () => _store.LoadAsync(name);
        Func<Task> save = () => _store.SaveAsync(name, TestKeys.Blob());
        Func<Task> delete = () => _store.DeleteAsync(name);

        foreach (Func<Task> use in (Func<Task>[])[load, save, delete])
        {
            (await use.Should().ThrowAsync<ArgumentException>()).WithMessage("*is not a name for a key: 1 to 64 of a-z 0-9 . _ -*");
        }

        Directory.GetFileSystemEntries(_folder.Path).Should().BeEmpty();
    }

    [Theory]
    [InlineData("a")]
    [InlineData("0")]
    [InlineData("-")]
    [InlineData("rack-1_node.7")]
    [InlineData("a..b")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_plain_word_is_a_name(string name)
    {
        await _store.SaveAsync(name, TestKeys.Blob());

        Files.Should().Equal(name + ".akblob");
        (await _store.LoadAsync(name)).Should().NotBeNull();
    }

    [Fact]
    public async Task Two_stores_that_save_at_once_leave_one_whole_blob_at_every_moment()
    {
        byte[][] blobs = [.. Enumerable.Range(0, 4).Select(filling => TestKeys.Blob((byte)filling, 50 + (filling * 40)).ToArray())];
        await _store.SaveAsync("ak", TpmKeyBlob.Parse(blobs[0]));
        Task[] savers = [.. Enumerable.Range(0, 4).Select(saver => Task.Run(async () =>
        {
            FileTpmKeyStore store = new(KeyFolder);
            for (int i = 0; i < 25; i++)
            {
                await store.SaveAsync("ak", TpmKeyBlob.Parse(blobs[saver]));
            }
        }))];

        Task all = Task.WhenAll(savers);
        while (!all.IsCompleted)
        {
            byte[] loaded = (await _store.LoadAsync("ak"))!.ToArray();
            blobs.Should().Contain(blob => blob.SequenceEqual(loaded));
        }

        await all;
        byte[] last = (await _store.LoadAsync("ak"))!.ToArray();
        blobs.Should().Contain(blob => blob.SequenceEqual(last));
        Files.Should().Equal("ak.akblob");
    }

    [Fact]
    public async Task A_blob_is_not_added_where_there_is_one_be_it_damaged()
    {
        await _store.SaveAsync("ak", TestKeys.Blob(1));
        string path = Path.Combine(KeyFolder, "ak.akblob");
        await File.WriteAllTextAsync(path, "damaged");

        (await _store.TryAddAsync("ak", TestKeys.Blob(2))).Should().BeFalse();

        (await File.ReadAllTextAsync(path)).Should().Be("damaged");
        Files.Should().Equal("ak.akblob");
    }
}
