/** What the app's own task types and their fields say of themselves comes in English; here it is Chinese. Others stay as they are. */
export const descriptions: Record<string, string> = {
  'Exports your tasks or log lines to a CSV, JSON or NDJSON file for download.': '把你的任务或日志导出为可下载的 CSV、JSON 或 NDJSON 文件。',
  'Your tasks, or the log lines you stored.': '你的任务，或你存入的日志。',
  'Tasks only.': '仅用于任务。',
  'Log lines only.': '仅用于日志。',
  'Words that tasks are found by, or text that a log line holds.': '用于查找任务的词，或日志行包含的文字。',
  'Finds bursts, drops, new and rare errors in log lines.': '在日志中找出突增、突降、新出现和罕见的错误。',
  'Lines of a log, as they are.': '原样的日志行。',
  'Ids of stored lines, as POST /api/logs answered them.': '已存日志行的 ID，即 POST /api/logs 返回的 ID。',
  'With neither lines nor ids: only lines stored after the one with this id.': '未给出 lines 和 ids 时：只分析此 ID 之后存入的日志行。',
  'Does nothing and returns its payload.': '不做任何事，原样返回参数。',
  'Waits, reporting progress; fails the first attempts when asked.': '等待并报告进度；可按要求让前几次执行失败。',
  'How long an attempt takes, in seconds.': '每次执行的时长（秒）。',
  'How many attempts fail before one succeeds.': '成功之前失败的执行次数。',
};
