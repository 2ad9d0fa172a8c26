/**
 * What the app's own handlers say in progress and log lines, in Chinese; `$1` is what stood there. What no pattern knows is somebody's own
 * words and stays as it is.
 */
const patterns: [RegExp, string][] = [
  [/^Sleeping ([\d.]+) s, attempt (\d+)\.$/, '等待 $1 秒，第 $2 次执行。'],
  [/^([\d.]+) s$/, '$1 秒'],
  [/^(\d+) rows$/, '$1 行'],
  [/^Exported (\d+) rows, (\d+) bytes\.$/, '已导出 $1 行，$2 字节。'],
  [/^(\d+) done$/, '已处理 $1 个'],
  [/^(\d+) tasks were left as they were: (.+)\.$/, '$1 个任务保持不变：$2。'],
  [/^(\d+) templates$/, '$1 个模板'],
  [/^(\d+) lines, (\d+) templates, (\d+) anomalies\.$/, '$1 行，$2 个模板，$3 处异常。'],
  [/^There is no summary in words: (.+)$/s, '没有文字摘要：$1'],
  [/^The AI service answered (\d+) and asks to be asked again after ([\d.]+) s: waiting\.$/, 'AI 服务返回 $1，要求 $2 秒后再试：等待中。'],
  [/^waiting for the first word$/, '等待第一个字'],
  [/^(\d+) characters$/, '$1 个字符'],
  [/^(.+) wrote (\d+) characters and ended with '(.*)'\.$/, '$1 写了 $2 个字符，以“$3”结束。'],
  [/^asking (.+)$/, '正在请求 $1'],
  [/^answered (\d+)$/, '应答 $1'],
  [/^(\S+) answered (\d+)\.$/, '$1 应答 $2。'],
  [/^(\d+) tasks made$/, '已创建 $1 个任务'],
  [/^(\d+) tasks of type (\S+) were made\.$/, '已创建 $1 个类型为 $2 的任务。'],
  [/^(\d+) of (\d+) tasks completed\.$/, '$2 个任务中完成了 $1 个。'],
  [/^robots\.txt of (\S+): (.+)$/s, '$1 的 robots.txt：$2'],
  [/^(\S+): robots\.txt forbids it\.$/, '$1：robots.txt 不允许访问。'],
  [/^(\d+) addresses found last are given up: more of this length cannot be kept\.$/, '放弃最后发现的 $1 个地址：无法再保留这么长的地址。'],
  [/^(\d+) pages, (\d+) of them failed, (\d+) forbidden by robots\.txt\.$/, '$1 页，其中 $2 页失败，$3 页被 robots.txt 禁止。'],
  [/^(\d+) log lines were dropped here: a task keeps its first and its last\.$/, '此处丢弃了 $1 行日志：任务只保留最前和最后的日志。'],
];

export function inChinese(message: string): string {
  for (const [pattern, chinese] of patterns) {
    if (pattern.test(message)) return message.replace(pattern, chinese);
  }
  return message;
}
