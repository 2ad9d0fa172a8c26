import { lazy, Suspense } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { Shell } from './pages/Shell';
import { TaskQueue } from './pages/TaskQueue';
import { Waiting } from './parts/Waiting';

// What the task page does not need at once comes when it is asked for.
const Overview = lazy(async () => ({ default: (await import('./pages/Overview')).Overview }));
const TaskDetail = lazy(async () => ({ default: (await import('./pages/TaskDetail')).TaskDetail }));
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
          <Route path="/overview" element={<Overview />} />
          <Route path="*" element={<Navigate to="/tasks" replace />} />
        </Routes>
      </Suspense>
    </Shell>
  );
}
