using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Attestation keys that are kept: in a store by name, and at persistent handles.</summary>
public sealed class KeptKeyTests : IDisposable
{
    private static readonly TpmHandle Handle = new(0x81008F00);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hwa-keys-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Each_service_has_its_key_by_name_and_the_same_one_at_each_boot()
    {
        await using Agent agent = await Agent.StartAsync();
        FileTpmKeyStore store = new(_folder.FullName);
        TpmName boot;
        TpmName storage;
        await using (AttestationKey bootKey = await agent.Client.GetOrCreateAttestationKeyAsync(store, "boot"))
        await using (AttestationKey storageKey = await agent.Client.GetOrCreateAttestationKeyAsync(store, "storage"))
        {
            (boot, storage) = (bootKey.Name, storageKey.Name);
        }

        await agent.RebootAsync();
        await using AttestationKey again = await agent.Client.GetOrCreateAttestationKeyAsync(store, "boot");
        await using AttestationKey other = await agent.Client.GetOrCreateAttestationKeyAsync(store, "storage");

        boot.Should().NotBe(storage);
        again.Name.Should().Be(boot);
        other.Name.Should().Be(storage);
    }

    [Fact]
    public async Task Agents_that_start_at_once_on_one_store_get_one_key()
    {
        await using Agent agent = await Agent.StartAsync();
        await using AttestationClient other = new(agent.Device);
        AttestationClient[] clients = [agent.Client, other];

        // Both find the store empty before either has created a key.
        MeetingStore store = new(new FileTpmKeyStore(_folder.FullName), clients.Length);
        AttestationKey[] keys = await Task.WhenAll(clients.Select(client => client.GetOrCreateAttestationKeyAsync(store, "boot")));

        keys[0].Name.Should().Be(keys[1].Name);
        store.Added.Should().Be(1);
        foreach (AttestationKey key in keys)
        {
            await key.DisposeAsync();
        }

        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty("the key that came second was flushed");
    }

    [Fact]
    public async Task A_power_cut_at_any_command_of_a_keys_creation_leaves_no_key_or_one_that_works()
    {
        await using Agent agent = await Agent.StartAsync();
        FileTpmKeyStore store = new(_folder.FullName);
        int command = 0;
        int cuts = 0;
        for (bool cut = true; cut;)
        {
            command++;
            cut = false;
            agent.Device.Forget();
            agent.Device.BeforeSending = async number =>
            {
                if (number == command)
                {
                    cut = true;
                    await agent.Machine.PowerOffAsync();
                }
            };
            try
            {
                await (await agent.Client.GetOrCreateAttestationKeyAsync(store, "boot")).DisposeAsync();
            }
            catch (TpmDeviceException) when (cut)
            {
                // Not where the cut was at a flush and the TPM was on again for the next command, as a simulator is.
            }

            agent.Device.Forget();
            if (cut)
            {
                cuts++;
                await agent.CutPowerAsync();
            }

            await using (AttestationKey key = await agent.Client.GetOrCreateAttestationKeyAsync(store, "boot"))
            {
                byte[] signature = (await key.SignAsync("data"u8.ToArray())).Encode();
                EvidenceVerifier.VerifySignature(key.Public, "data"u8, signature).ShouldBeVerified();
            }

            Directory.GetFiles(_folder.FullName).Should().ContainSingle();
            await store.DeleteAsync("boot");
        }

        cuts.Should().BeGreaterThan(8, "finding, creating and loading are more than eight commands");
    }

    [Fact]
    public async Task A_damaged_file_is_told_and_stays_as_it_is()
    {
        await using Agent agent = await Agent.StartAsync();
        FileTpmKeyStore store = new(_folder.FullName);
        await (await agent.Client.GetOrCreateAttestationKeyAsync(store, "boot")).DisposeAsync();
        string file = Directory.GetFiles(_folder.FullName).Single();
        byte[] damaged = await File.ReadAllBytesAsync(file);
        damaged[40] ^= 1;
        await File.WriteAllBytesAsync(file, damaged);

        Func<Task> start = () => agent.Client.GetOrCreateAttestationKeyAsync(store, "boot");

        (await start.Should().ThrowAsync<TpmKeyException>()).WithMessage("*boot.akblob*damaged*left as it is*").Which.Fault.Should().Be(TpmKeyFault.Damaged);
        (await File.ReadAllBytesAsync(file)).Should().Equal(damaged);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_told_from_one_that_is_damaged_and_no_key_takes_its_place()
    {
        await using Agent agent = await Agent.StartAsync();
        FileTpmKeyStore store = new(_folder.FullName);
        string file = Path.Combine(_folder.FullName, "boot.akblob");
        Directory.CreateDirectory(file);

        Func<Task> start = () => agent.Client.GetOrCreateAttestationKeyAsync(store, "boot");

        (await start.Should().ThrowAsync<TpmKeyException>()).Which.Fault.Should().Be(TpmKeyFault.Unreadable);
        Directory.GetFileSystemEntries(_folder.FullName).Should().Equal(file);
        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
    }

    [Fact]
    public async Task An_applications_key_is_made_once_and_there_ever_after()
    {
        await using Agent agent = await Agent.StartAsync();
        FileTpmKeyStore store = new(_folder.FullName);
        TpmKeyOptions options = new() { Parent = TpmKeyParent.StorageRootKey, AuthValue = "a value"u8.ToArray() };
        TpmName name;
        await using (ApplicationKey key = await agent.Client.GetOrCreateApplicationKeyAsync(store, "application", options: options))
        {
            name = key.Name;
        }

        await agent.RebootAsync();
        await using ApplicationKey again = await agent.Client.GetOrCreateApplicationKeyAsync(store, "application", options: options);

        again.Name.Should().Be(name);
        byte[] signature = (await again.SignAsync("data"u8.ToArray())).Encode();
        EvidenceVerifier.VerifyApplicationSignature(again.Public, "data"u8.ToArray(), signature).ShouldBeVerified();
        Func<Task> asAttestationKey = () => agent.Client.GetOrCreateAttestationKeyAsync(store, "application");
        (await asAttestationKey.Should().ThrowAsync<TpmKeyException>()).WithMessage("Key application of the store: *")
            .Which.Fault.Should().Be(TpmKeyFault.WrongKind);
    }

    [Theory]
    [InlineData(TpmKeyParent.EndorsementKey)]
    [InlineData(TpmKeyParent.StorageRootKey)]
    public async Task A_persistent_key_is_there_after_a_reboot_and_fills_no_slot(TpmKeyParent parent)
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        TpmKeyBlob blob;
        await using (AttestationKey key = await agent.Client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { Parent = parent }))
        {
            blob = await key.PersistAsync(Handle);
            (await key.PersistAsync(Handle)).ToArray().Should().Equal(blob.ToArray(), "doing it again is harmless");
            (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty("the transient key was flushed");
            await TestFleet.EnrollAndAttestAsync(verifier, key, endorsementKey);
        }

        await agent.RebootAsync();
        blob = TpmKeyBlob.Parse(blob.ToArray());
        await using (AttestationKey key = await agent.Client.LoadAttestationKeyAsync(blob))
        {
            agent.Device.Commands.Should().ContainSingle("the key is at its handle: it is looked at, and not loaded");
            byte[] signature = (await key.SignAsync("data"u8.ToArray())).Encode();
            EvidenceVerifier.VerifySignature(key.Public, "data"u8, signature).ShouldBeVerified();
        }

        TpmKeyBlob evicted = await agent.Client.EvictKeyAsync(blob);
        evicted.PersistentHandle.Should().BeNull();
        foreach (TpmKeyBlob either in (TpmKeyBlob[])[evicted, blob])
        {
            (await TestFleet.AttestAsync(verifier, agent.Client, either)).Verdict.ShouldBeVerified();
        }
    }

    [Fact]
    public async Task A_key_that_is_taken_away_from_its_handle_while_it_is_loaded_stays_itself()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(endorsementKey);
        await using AttestationKey other = await agent.Client.CreateAttestationKeyAsync(endorsementKey);
        TpmHandle elsewhere = new(Handle.Value + 1);
        await key.PersistAsync(Handle);

        Func<Task> persistElsewhere = () => key.PersistAsync(elsewhere);
        (await persistElsewhere.Should().ThrowAsync<TpmKeyException>()).WithMessage($"*at handle {Handle} already*EvictKeyAsync*")
            .Which.Fault.Should().Be(TpmKeyFault.AlreadyPersistent);
        await agent.Client.EvictKeyAsync(key.Blob);
        await other.PersistAsync(Handle);

        key.Blob.PersistentHandle.Should().BeNull();
        byte[] data = [1, 2, 3];
        TpmtSignature signature = await key.SignAsync(data);
        EvidenceVerifier.VerifySignature(key.Public, data, signature.Encode()).ShouldBeVerified();
        (await key.PersistAsync(elsewhere)).PersistentHandle.Should().Be(elsewhere);
    }

    [Fact]
    public async Task What_somebody_else_keeps_at_a_handle_is_left_alone()
    {
        await using Agent agent = await Agent.StartAsync();
        TpmHandle taken = EndorsementKeyTemplate.L1.PersistentHandles[0];
        (AttestationKey key, _) = await agent.CreateRequestAsync();
        TpmKeyBlob mine = await key.PersistAsync(Handle);
        TpmKeyBlob elsewhere = new(mine.EndorsementTemplate, mine.EndorsementName, mine.Public, mine.Private.Span, persistentHandle: taken);
        (AttestationKey other, _) = await agent.CreateRequestAsync();

        Func<Task> persist = () => other.PersistAsync(Handle);
        Func<Task> evict = () => agent.Client.EvictKeyAsync(elsewhere);
        Func<Task> outside = () => other.PersistAsync(taken);

        (await persist.Should().ThrowAsync<TpmKeyException>()).WithMessage("*another key at handle 0x81008f00*").Which.Fault.Should().Be(TpmKeyFault.HandleInUse);
        (await evict.Should().ThrowAsync<TpmKeyException>()).WithMessage("*another key at handle 0x81010001*");
        await outside.Should().ThrowAsync<TpmKeyException>("that is where the endorsement key is");
        await key.SignAsync(new byte[1]);
        (await agent.Client.GetEndorsementKeyAsync()).PersistentHandle.Should().Be(taken);
        await other.SignAsync(new byte[1]);
    }

    [Fact]
    public async Task A_blob_that_only_knows_what_a_kept_key_is_takes_it_from_nobody()
    {
        await using Agent agent = await Agent.StartAsync();
        (AttestationKey key, _) = await agent.CreateRequestAsync();
        TpmKeyBlob mine = await key.PersistAsync(Handle);
        (AttestationKey other, _) = await agent.CreateRequestAsync();
        TpmKeyBlob altered = new(mine.EndorsementTemplate, mine.EndorsementName, mine.Public, other.Blob.Private.Span, persistentHandle: Handle);

        Func<Task> evict = () => agent.Client.EvictKeyAsync(altered);

        (await evict.Should().ThrowAsync<TpmKeyException>()).WithMessage("*altered*").Which.Fault.Should().Be(TpmKeyFault.Orphaned);
        await key.SignAsync(new byte[1]);
    }

    [Fact]
    public async Task Only_an_owners_handle_can_be_asked_for()
    {
        await using Agent agent = await Agent.StartAsync();
        (AttestationKey key, _) = await agent.CreateRequestAsync();
        foreach (uint handle in (uint[])[0, 0x80FFFFFF, 0x81800000, 0x40000001])
        {
            Func<Task> persist = () => key.PersistAsync(new TpmHandle(handle));

            await persist.Should().ThrowAsync<ArgumentException>();
        }
    }

    /// <summary>A store where nobody is answered to his first question before everybody has asked.</summary>
    private sealed class MeetingStore(ITpmKeyStore inner, int askers) : ITpmKeyStore
    {
        private readonly TaskCompletionSource _everybody = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _asked;
        private int _added;

        public int Added => _added;

        public async Task<TpmKeyBlob?> LoadAsync(string name, CancellationToken cancellationToken = default)
        {
            TpmKeyBlob? blob = await inner.LoadAsync(name, cancellationToken);
            if (Interlocked.Increment(ref _asked) == askers)
            {
                _everybody.SetResult();
            }

            await _everybody.Task;
            return blob;
        }

        public async Task<bool> TryAddAsync(string name, TpmKeyBlob blob, CancellationToken cancellationToken = default)
        {
            bool added = await inner.TryAddAsync(name, blob, cancellationToken);
            Interlocked.Add(ref _added, added ? 1 : 0);
            return added;
        }

        public Task SaveAsync(string name, TpmKeyBlob blob, CancellationToken cancellationToken = default) =>
            inner.SaveAsync(name, blob, cancellationToken);

        public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default) => inner.DeleteAsync(name, cancellationToken);

        public IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken = default) => inner.ListAsync(cancellationToken);
    }
}
