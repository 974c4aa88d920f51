import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [vue()],
  build: { target: 'es2022' },
  preview: { host: '127.0.0.1', port: 4780 },
});
