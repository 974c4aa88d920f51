import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import { demoProvider } from './demo-provider.ts';

export default defineConfig({
  plugins: [vue(), demoProvider()],
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      // Ionic defines an element when it is used, not when it is imported, but does not say so.
      treeshake: { moduleSideEffects: [{ test: /@ionic\/core\/components/, sideEffects: false }] },
    },
  },
  preview: { host: 'localhost', port: 4780 },
});
