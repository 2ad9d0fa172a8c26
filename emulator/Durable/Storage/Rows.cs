using System.Text.Json;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Storage;

/// <summary>Every statement that changes the database, prepared once; used by the writer thread inside its transaction.</summary>
internal sealed class Rows
{
    private readonly HistoryBuffer encoded = new();
    private readonly Statement insertInstance;
    private readonly Statement updateInstance;
    private readonly Statement deleteInstance;
    private readonly Statement appendHistory;
    private readonly Statement previousHistory;
    private readonly Statement deleteHistory;
    private readonly Statement addWork;
    private readonly Statement removeWork;
    private readonly Statement addTimer;
    private readonly Statement removeTimer;
    private readonly Statement addInbox;
    private readonly Statement removeInbox;
    private readonly Statement saveEntity;
    private readonly Statement deleteEntity;
    private long historyKey;
    private long inboxKey;

    public Rows(Connection db)
    {
        insertInstance = db.Prepare(
            "INSERT INTO instance (key, id, name, version, tags, status, created, updated, first, head, custom) "
            + "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
        updateInstance = db.Prepare(
            "UPDATE instance SET status = ?2, updated = ?3, first = ?4, head = ?5, custom = ?6 WHERE key = ?1");
        deleteInstance = db.Prepare("DELETE FROM instance WHERE key = ?1 RETURNING head");
        appendHistory = db.Prepare("INSERT INTO history (key, prev, events) VALUES (?1, ?2, ?3)");
        previousHistory = db.Prepare("SELECT prev FROM history WHERE key = ?1");
        deleteHistory = db.Prepare("DELETE FROM history WHERE key = ?1");
        addWork = db.Prepare("INSERT OR IGNORE INTO work (instance) VALUES (?1)");
        removeWork = db.Prepare("DELETE FROM work WHERE instance = ?1");
        addTimer = db.Prepare("INSERT OR IGNORE INTO timer (due, instance, id) VALUES (?1, ?2, ?3)");
        removeTimer = db.Prepare("DELETE FROM timer WHERE due = ?1 AND instance = ?2 AND id = ?3");
        addInbox = db.Prepare("INSERT INTO inbox (key, target, due, event) VALUES (?1, ?2, ?3, ?4)");
        removeInbox = db.Prepare("DELETE FROM inbox WHERE key = ?1");
        saveEntity = db.Prepare(
            "INSERT INTO entity (key, id, state, owner, updated) VALUES (?1, ?2, ?3, ?4, ?5) "
            + "ON CONFLICT (key) DO UPDATE SET state = ?3, owner = ?4, updated = ?5");
        deleteEntity = db.Prepare("DELETE FROM entity WHERE key = ?1");

        // Keys are never given twice while something may still refer to them: deleted tails only lower the start.
        historyKey = db.Scalar("SELECT max(key) FROM history");
        inboxKey = db.Scalar("SELECT max(key) FROM inbox");
    }

    public void Insert(InstanceRow row, P.OrchestrationStatus status, long updated, string? custom) =>
        insertInstance.Bind(1, row.Key).Bind(2, row.Id).Bind(3, row.Name).Bind(4, row.Version)
            .Bind(5, row.Tags is { Count: > 0 } tags ? JsonSerializer.Serialize(tags) : null)
            .Bind(6, (long)status).Bind(7, row.Created).Bind(8, updated)
            .Bind(9, row.First).Bind(10, row.Head).Bind(11, custom).Run();

    public void Update(InstanceRow row, P.OrchestrationStatus status, long updated, string? custom) =>
        updateInstance.Bind(1, row.Key).Bind(2, (long)status).Bind(3, updated)
            .Bind(4, row.First).Bind(5, row.Head).Bind(6, custom).Run();

    /// <summary>Deletes an instance with its history. What it had open must have been closed before.</summary>
    /// <returns>Whether it was there.</returns>
    public bool DeleteInstance(long key)
    {
        if (!deleteInstance.Bind(1, key).Step())
            return false;
        var head = deleteInstance.Long(0);
        deleteInstance.Reset();
        DeleteHistory(head);
        return true;
    }

    /// <summary>Puts events behind a row's newest ones.</summary>
    public void Append(InstanceRow row, HistoryBuffer events)
    {
        var key = ++historyKey;
        appendHistory.Bind(1, key).Bind(2, row.Head).BindPinned(3, events.Written).Run();
        if (row.Head == 0)
            row.First = key;
        row.Head = key;
    }

    /// <summary>Forgets what an instance has of history.</summary>
    public void DeleteHistory(InstanceRow row)
    {
        DeleteHistory(row.Head);
        row.First = row.Head = 0;
    }

    /// <summary>Deletes a chain from its newest row to its oldest.</summary>
    public void DeleteHistory(long head)
    {
        while (head != 0)
        {
            var previous = 0L;
            if (previousHistory.Bind(1, head).Step())
            {
                previous = previousHistory.Long(0);
                previousHistory.Reset();
            }

            deleteHistory.Bind(1, head).Run();
            head = previous;
        }
    }

    public void AddWork(long instance) => addWork.Bind(1, instance).Run();

    public void RemoveWork(long instance) => removeWork.Bind(1, instance).Run();

    public void AddTimer(long due, long instance, long id) => addTimer.Bind(1, due).Bind(2, instance).Bind(3, id).Run();

    public void RemoveTimer(long due, long instance, long id) => removeTimer.Bind(1, due).Bind(2, instance).Bind(3, id).Run();

    /// <summary>Keeps a message until its receiver has taken it in; gives it its key.</summary>
    public void AddInbox(Message message)
    {
        message.InboxKey = ++inboxKey;
        encoded.Clear();
        Mail.Encode(message, encoded);
        addInbox.Bind(1, message.InboxKey).Bind(2, message.Target).Bind(3, message.Due).BindPinned(4, encoded.Written).Run();
    }

    public void RemoveInbox(long key) => removeInbox.Bind(1, key).Run();

    public void SaveEntity(StoredEntity entity) =>
        saveEntity.Bind(1, entity.Key).Bind(2, entity.Id).Bind(3, entity.State).Bind(4, entity.Owner)
            .Bind(5, entity.Updated).Run();

    public void DeleteEntity(long key) => deleteEntity.Bind(1, key).Run();
}
