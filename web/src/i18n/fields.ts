/** Names of fields of the app's own task types, in Chinese. A name that is not here is shown as the payload has it. */
export const fieldNames: Record<string, string> = {
  seconds: '时长', failTimes: '失败次数', what: '内容', format: '格式', status: '状态', type: '类型', priority: '优先级', tag: '标签', tags: '标签', q: '搜索词',
  level: '级别', service: '服务', from: '起始时间', to: '结束时间', after: '起点', before: '终点', lines: '日志行', ids: '日志行 ID', afterId: '起始 ID', url: '网址', body: '正文', headers: '请求头',
  method: '方法', start: '起始地址', maxPages: '最多页数', maxDepth: '最大深度', delaySeconds: '间隔（秒）', sameHost: '仅限同一主机', task_id: '任务 ID',
  taskId: '任务 ID', action: '动作', timestamp: '时间', retry: '重试', source: '来源', prompt: '提示', system: '系统提示', model: '模型', maxTokens: '最多 token',
  temperature: '温度', payloads: '各任务参数', shared: '共有字段', onFailure: '失败时', maxRetries: '重试次数', timeoutSeconds: '超时（秒）',
};
