import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [vue()],
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      // Ionic defines an element when it is used, not when it is imported, but does not say so.
      treeshake: { moduleSideEffects: [{ test: /@ionic\/core\/components/, sideEffects: false }] },
    },
  },
  preview: { host: 'localhost', port: 4780 },
});
