import { lazy, Suspense } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { Shell } from './pages/Shell';
import { TaskQueue } from './pages/TaskQueue';
import { Waiting } from './parts/Waiting';

// What the task page does not need at once comes when it is asked for.
const Overview = lazy(async () => ({ default: (await import('./pages/Overview')).Overview }));
const TaskDetail = lazy(async () => ({ default: (await import('./pages/TaskDetail')).TaskDetail }));
const Schedules = lazy(async () => ({ default: (await import('./pages/schedules/Schedules')).Schedules }));
const ScheduleDetail = lazy(async () => ({ default: (await import('./pages/schedules/ScheduleDetail')).ScheduleDetail }));
const ScheduleForm = lazy(async () => ({ default: (await import('./pages/schedules/ScheduleForm')).ScheduleForm }));
const NewTask = lazy(async () => ({ default: (await import('./pages/NewTask')).NewTask }));

export function App() {
  return (
    <Shell>
      <Suspense fallback={<Waiting />}>
        <Routes>
          <Route path="/tasks" element={<TaskQueue />}>
            <Route path="new" element={<NewTask />} />
            <Route path=":id" element={<TaskDetail />} />
          </Route>
          <Route path="/schedules" element={<Schedules />}>
            <Route path="new" element={<ScheduleForm />} />
            <Route path=":id" element={<ScheduleDetail />} />
            <Route path=":id/edit" element={<ScheduleForm />} />
          </Route>
          <Route path="/overview" element={<Overview />} />
          <Route path="*" element={<Navigate to="/tasks" replace />} />
        </Routes>
      </Suspense>
    </Shell>
  );
}
