// Generated from the API's OpenAPI document: npm run generate. A test of the gate compares the two.
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AdminLogPage: {
            logs: {
                createdAt: components["schemas"]["Time"];
                /** @enum {unknown} */
                level: "DEBUG" | "INFO" | "WARNING" | "ERROR";
                message: string;
            }[];
            page: number;
            pageSize: number;
            total: number;
        };
        AdminTask: {
            attempt?: number;
            cancelledAt?: components["schemas"]["Time"];
            completedAt?: components["schemas"]["Time"];
            createdAt: components["schemas"]["Time"];
            createdBy: string;
            error: string | null;
            errorCode?: string | null;
            maxRetries?: number;
            message?: string | null;
            params?: unknown;
            percent: number;
            priority: components["schemas"]["Priority"];
            progress: number;
            result?: unknown;
            retryCount: number;
            source?: string;
            startedAt: components["schemas"]["Time"];
            status: components["schemas"]["State"];
            taskId: string;
            taskType: string;
            timeoutSeconds?: number;
            total: number;
            worker?: string | null;
        };
        AdminTaskPage: {
            next: string | null;
            page: number;
            pageSize: number;
            tasks: components["schemas"]["AdminTask"][];
            total: number;
        };
        After: {
            /**
             * @description Go on as soon as one of them has completed; else when all have.
             * @default false
             */
            any?: boolean;
            /**
             * @description When all must complete and one does not, or any would do and none does.
             * @default cancel
             * @enum {unknown}
             */
            onFailure?: "cancel" | "fail" | "run";
            tasks: string[];
        };
        Any: unknown;
        /** @description The wait before another attempt: exponential 1 s, 2 s, 4 s by default; quadratic 1, 4, 9 minutes; fixed. */
        Backoff: {
            delaySeconds?: number;
            factor?: number;
            /** @enum {unknown} */
            kind?: "exponential" | "quadratic" | "fixed";
            maxDelaySeconds?: number;
        };
        /** @description Tasks that were created; or what was done; or, for more than 500 that match, the task that does it. */
        BulkAnswer: {
            /** @enum {unknown} */
            action?: "cancel" | "retry" | "delete";
            changed?: number;
            created?: number;
            id?: string;
            matched?: number;
            skipped?: {
                code: string;
                id: string;
            }[];
            tasks?: components["schemas"]["Task"][];
        };
        /**
         * @description `tasks` alone, or an `action` with `ids` or a `filter` of at least one part.
         * @example {
         *       "action": "retry",
         *       "filter": {
         *         "status": "failed"
         *       },
         *       "dryRun": true
         *     }
         * @example {
         *       "tasks": [
         *         {
         *           "type": "export",
         *           "payload": {
         *             "what": "tasks"
         *           }
         *         }
         *       ]
         *     }
         */
        BulkRequest: {
            /** @enum {unknown} */
            action?: "cancel" | "retry" | "delete";
            /** @description Only count what matches. */
            dryRun?: boolean;
            filter?: {
                owner?: string;
                priority?: components["schemas"]["Priority"];
                q?: string;
                status?: components["schemas"]["State"];
                tag?: string;
                type?: string;
            };
            ids?: string[];
            tasks?: components["schemas"]["NewTask"][];
        };
        ChildCounts: {
            cancelled: number;
            completed: number;
            failed: number;
            pending: number;
            running: number;
            total: number;
        };
        Connection: {
            accessToken: string;
            url: string;
        };
        Depth: {
            high?: number;
            low?: number;
            normal?: number;
        } | null;
        EventList: {
            events: {
                at: components["schemas"]["Time"];
                changed: Record<string, unknown>;
                /** @enum {unknown} */
                event: "task:created" | "task:started" | "task:progress" | "task:retrying" | "task:completed" | "task:failed" | "task:cancelled";
                id: string;
                version: number;
            }[];
        };
        File: {
            complete: boolean;
            contentType: string;
            createdAt: components["schemas"]["Time"];
            expiresAt: components["schemas"]["Time"];
            id: string;
            /** @description How many bytes it will have, where that is known. */
            length: number | null;
            name: string;
            /** @description Of the whole, once it is complete. */
            sha256: string | null;
            /** @description How many there are. */
            size: number;
        };
        FilePage: {
            files: components["schemas"]["File"][];
            next: string | null;
        };
        Health: {
            dependencies: {
                ms: number;
                name: string;
                /** @enum {unknown} */
                status: "healthy" | "unhealthy";
            }[];
            /** @enum {unknown} */
            status: "healthy" | "unhealthy";
        };
        HistoryPoint: {
            at?: components["schemas"]["Time"];
            cancelled: number;
            completed: number;
            created: number;
            depth: components["schemas"]["Depth"];
            failed: number;
            minute?: components["schemas"]["Time"];
            oldestWaitingSeconds: number | null;
            retried: number;
            runMs: components["schemas"]["Percentiles"];
            running: number | null;
            waitMs: components["schemas"]["Percentiles"];
        };
        LogPage: {
            logs: {
                /** @enum {unknown} */
                level: "debug" | "info" | "warning" | "error";
                message: string;
                time: components["schemas"]["Time"];
            }[];
            page: number;
            pageSize: number;
            total: number;
        };
        /**
         * @example {
         *       "taskType": "export",
         *       "params": {
         *         "what": "tasks"
         *       }
         *     }
         */
        NewAdminTask: {
            backoff?: components["schemas"]["Backoff"];
            delaySeconds?: number;
            maxRetries?: number;
            params: unknown;
            priority?: components["schemas"]["Priority"];
            /** Format: date-time */
            runAt?: string;
            tags?: string[];
            taskType: string;
            timeoutSeconds?: number;
        };
        /**
         * @description Lines, or `{lines: [...]}`; a line is a text as it stands in a log, or its parts.
         * @example [
         *       "2026-01-31T08:00:00Z ERROR payment: card declined",
         *       {
         *         "at": "2026-01-31T08:00:01Z",
         *         "level": "info",
         *         "service": "payment",
         *         "message": "tried again"
         *       }
         *     ]
         */
        NewLines: unknown[] | Record<string, unknown>;
        /**
         * @description `type` and `payload`; or `log_ids` alone, for the analysis of stored lines.
         * @example {
         *       "type": "log_analysis",
         *       "payload": {
         *         "log_ids": [
         *           "0000000000000001"
         *         ]
         *       },
         *       "priority": 8
         *     }
         */
        NewQueueTask: {
            log_ids?: string[];
            /** @default 3 */
            max_retries?: number;
            payload?: unknown;
            /** @default 5 */
            priority?: number;
            /** Format: date-time */
            scheduled_at?: string;
            timeout_seconds?: number;
            type?: string;
        };
        /**
         * @description One of `cron`, `everySeconds` and `at`.
         * @example {
         *       "name": "nightly export",
         *       "cron": "30 2 * * *",
         *       "timeZone": "Europe/Berlin",
         *       "task": {
         *         "type": "export",
         *         "payload": {
         *           "what": "tasks"
         *         }
         *       }
         *     }
         */
        NewSchedule: {
            /** Format: date-time */
            at?: string;
            cron?: string;
            everySeconds?: number;
            /** Format: date-time */
            from?: string;
            /**
             * @default once
             * @enum {unknown}
             */
            missed?: "skip" | "once" | "all";
            name?: string;
            /**
             * @default skip
             * @enum {unknown}
             */
            overlap?: "skip" | "queue" | "cancel";
            /** @default false */
            paused?: boolean;
            task: components["schemas"]["NewTask"];
            /** @default UTC */
            timeZone?: string;
        };
        /**
         * @example {
         *       "type": "export",
         *       "payload": {
         *         "what": "tasks",
         *         "format": "csv"
         *       },
         *       "priority": "high",
         *       "tags": [
         *         "monthly"
         *       ]
         *     }
         */
        NewTask: {
            /** @description Tasks that it waits for: their ids, or an object that also says whether any of them will do and what happens when one fails. */
            after?: string[] | components["schemas"]["After"];
            backoff?: components["schemas"]["Backoff"];
            delaySeconds?: number;
            /** @default 3 */
            maxRetries?: number;
            /** @description As the type's schema has it; at most 262,144 bytes. */
            payload: unknown;
            /** @default normal */
            priority?: components["schemas"]["Priority"];
            /** @description In bulk: what later tasks of the same request call it in `after`. */
            ref?: string;
            /**
             * Format: date-time
             * @description Not together with delaySeconds.
             */
            runAt?: string;
            tags?: string[];
            /**
             * @description Per attempt.
             * @default 14400
             */
            timeoutSeconds?: number;
            type: string;
            unique?: {
                /**
                 * @description And at least so long from its creation.
                 * @default 0
                 */
                forSeconds?: number;
                /** @description One of your tasks has it at a time, until that has ended. */
                key: string;
                /**
                 * @description When a task has it: answer that one, cancel it and take its place, or 409.
                 * @default reuse
                 * @enum {unknown}
                 */
                onConflict?: "reuse" | "replace" | "reject";
            };
        };
        Pass: {
            expiresInSeconds: number;
            pass: string;
        };
        Percentiles: {
            p50: number;
            p95: number;
            p99: number;
        };
        /** @enum {unknown} */
        Priority: "high" | "normal" | "low";
        Problem: {
            /** @enum {unknown} */
            code: "after_not_found" | "backlog_full" | "body_too_large" | "digest_mismatch" | "empty_body" | "file_complete" | "file_incomplete" | "file_not_found" | "file_too_large" | "file_too_long" | "files_full" | "forbidden" | "idempotency_conflict" | "idempotency_gone" | "illegal_transition" | "intake_off" | "internal_error" | "invalid_field" | "invalid_json" | "invalid_page" | "invalid_page_size" | "invalid_query" | "lease_lost" | "method_not_allowed" | "not_unique" | "offset_mismatch" | "outcome_unknown" | "parent_ended" | "payload_invalid" | "payload_too_large" | "poison_not_found" | "range_not_satisfiable" | "rate_limited" | "result_too_large" | "route_not_found" | "schedule_not_found" | "store_full" | "store_unavailable" | "takes_no_blob" | "task_exists" | "task_not_cancellable" | "task_not_found" | "task_not_retryable" | "task_running" | "too_many_schedules" | "unauthenticated" | "unknown_event_type" | "unknown_level" | "unknown_priority" | "unknown_status" | "unknown_task_type" | "unsupported_media_type" | "upload_not_found" | "wrong_key";
            detail: string;
            errors?: {
                code: string;
                /** @description JSON pointer into the body, or the name of a parameter or header. */
                field: string;
                message: string;
            }[];
            status: number;
            title: string;
            type: string;
        };
        Progress: {
            current: number;
            message: string | null;
            percent: number;
            total: number;
        } | null;
        /** @description By `minutes`: `minutes`. By `range`: `range`, `stepSeconds` (what each point stands for) and `points`, which bear `at` instead of `minute`. Times in which nothing happened are left out. */
        QueueHistory: {
            minutes?: components["schemas"]["HistoryPoint"][];
            points?: components["schemas"]["HistoryPoint"][];
            /** @enum {unknown} */
            range?: "1h" | "24h" | "7d" | "30d";
            stepSeconds?: number;
        };
        QueueStats: {
            /** @description Since it started, of the instance that answers: reads answered from memory, all together and per kind (list, stats, history, schedules). */
            cache: {
                hitRate?: number | null;
            } & {
                [key: string]: {
                    hitRate?: number | null;
                    hits?: number;
                    misses?: number;
                };
            };
            cancelled: number;
            completed: number;
            delayed: number;
            depth: components["schemas"]["Depth"];
            failed: number;
            latency: {
                runMs: components["schemas"]["Percentiles"];
                waitMs: components["schemas"]["Percentiles"];
            };
            maxRunning: number;
            oldestWaitingAt: components["schemas"]["Time"];
            oldestWaitingSeconds: number;
            pending: number;
            running: number;
            throughputPerMinute: number;
            total: number;
            totals: {
                [key: string]: number;
            };
            workers: {
                name: string;
                running: number;
                seenAt: components["schemas"]["Time"];
            }[];
        };
        QueueTask: {
            completed_at: components["schemas"]["Time"];
            created_at: components["schemas"]["Time"];
            error: string | null;
            id: string;
            max_retries: number;
            payload: unknown;
            priority: number;
            progress: number;
            result: unknown;
            retry_count: number;
            scheduled_at: components["schemas"]["Time"];
            started_at: components["schemas"]["Time"];
            /** @enum {unknown} */
            status: "PENDING" | "PROCESSING" | "RETRYING" | "COMPLETED" | "FAILED" | "CANCELLED";
            type: string;
        };
        QueueTaskPage: {
            next: string | null;
            page: number;
            page_size: number;
            tasks: components["schemas"]["QueueTask"][];
            total: number;
        };
        Schedule: {
            at: components["schemas"]["Time"];
            createdAt: components["schemas"]["Time"];
            cron: string | null;
            everySeconds: number | null;
            fired: number;
            from: components["schemas"]["Time"];
            id: string;
            lastAt: components["schemas"]["Time"];
            lastError: string | null;
            lastTaskId: string | null;
            /** @enum {unknown} */
            missed: "skip" | "once" | "all";
            name: string;
            next?: components["schemas"]["Time"][];
            nextAt: components["schemas"]["Time"];
            /** @enum {unknown} */
            overlap: "skip" | "queue" | "cancel";
            owner: string;
            paused: boolean;
            skipped: number;
            task: Record<string, unknown>;
            timeZone: string;
            version: number;
        };
        SchedulePage: {
            next: string | null;
            schedules: components["schemas"]["Schedule"][];
        };
        /** @enum {unknown} */
        State: "pending" | "running" | "completed" | "failed" | "cancelled";
        StoredLines: {
            ids: string[];
            taskId: string;
        };
        Task: {
            /** @description The tasks it waits for, or has waited for. */
            after?: components["schemas"]["After"] | null;
            attempt: number;
            backoff: components["schemas"]["Backoff"];
            /** @description It waits for other tasks: pending for those of `after`, running for its children. */
            blocked?: boolean;
            cancelledAt?: components["schemas"]["Time"];
            cancelRequested?: boolean;
            completedAt?: components["schemas"]["Time"];
            createdAt: components["schemas"]["Time"];
            createdBy: string;
            error: components["schemas"]["TaskError"];
            hasChildren?: boolean;
            id: string;
            maxRetries: number;
            /** @description Id of the task that made it. */
            parent?: string | null;
            payload: unknown;
            /** @description In lists: it is longer than 4,096 characters. */
            payloadOmitted?: boolean;
            priority: components["schemas"]["Priority"];
            progress: components["schemas"]["Progress"];
            result: unknown;
            resultOmitted?: boolean;
            retryCount: number;
            runAt?: components["schemas"]["Time"];
            source: string;
            startedAt?: components["schemas"]["Time"];
            status: components["schemas"]["State"];
            tags: string[];
            timeoutSeconds: number;
            type: string;
            uniqueKey?: string | null;
            /** @description Grows with every change. */
            version: number;
            worker?: string | null;
        };
        TaskError: {
            code: string;
            details: unknown;
            message: string;
        } | null;
        TaskPage: {
            /** @description What `after` takes. */
            next: string | null;
            page: number;
            pageSize: number;
            tasks: components["schemas"]["Task"][];
            total: number;
        };
        Ticks: {
            next: components["schemas"]["Time"][];
        };
        /**
         * Format: date-time
         * @description UTC, always to the millisecond.
         * @example 2026-01-31T08:00:00.000Z
         */
        Time: string | null;
        TypeList: {
            types: {
                description: string;
                name: string;
                requiredRole: string | null;
                schema: Record<string, unknown>;
            }[];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
