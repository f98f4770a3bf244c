/* Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A trainer in C of its own data: trainer X Y STEPS SAVE [LOAD]. Prints a loss
 * for each step, as tacit-run --shuffle=off takes the rows. Built against an
 * installed Tacit, by pkg-config. `trainer abi` tries a program of another
 * version. */

#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void Check(tacit_status status) {
  if (status == TACIT_OK)
    return;
  fprintf(stderr, "trainer: error %d: %s\n", status, tacit_last_error());
  exit(1);
}

static void *Read(const char *path, long *bytes) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) || (*bytes = ftell(file)) < 0)
    exit(2);
  rewind(file);
  void *data = malloc((size_t)*bytes);
  if (fread(data, 1, (size_t)*bytes, file) != (size_t)*bytes)
    exit(2);
  fclose(file);
  return data;
}

static int TryOtherVersion(void) {
  tacit_world *world;
  tacit_trainer *trainer;
  tacit_program other = model_program;
  other.abi_version = TACIT_ABI_VERSION + 1;
  Check(tacit_world_create(NULL, &world));
  const tacit_status status =
      tacit_trainer_create(world, &other, NULL, &trainer);
  printf("%s, with code %d, by version %d: %s\n", trainer ? "made" : "refused",
         status, (int)tacit_runtime_abi_version(), tacit_last_error());
  Check(tacit_world_destroy(world));
  return 0;
}

/* Parameters are where steps find them: those of the file's first one. */
static void CheckInPlace(tacit_trainer *trainer, const float *before) {
  void *data;
  const tacit_variable *variable;
  Check(tacit_trainer_variable(trainer, MODEL_LAYER2_BIAS_NAME, &data,
                               &variable));
  if (data != model_layer2_bias(trainer) ||
      variable->type.shape[0] != MODEL_LAYER2_BIAS_ELEMENTS ||
      !memcmp(data, before, MODEL_LAYER2_BIAS_ELEMENTS * sizeof(float))) {
    fprintf(stderr, "trainer: a step has not changed what the pointer is to\n");
    exit(1);
  }
}

int main(int argc, char **argv) {
  if (argc == 2)
    return TryOtherVersion();
  long x_bytes, y_bytes;
  const float *x = Read(argv[1], &x_bytes);
  const int32_t *y = Read(argv[2], &y_bytes);
  const long rows = y_bytes / (long)sizeof *y,
             width = MODEL_X_ELEMENTS / MODEL_BATCH_ROWS;

  tacit_world *world;
  tacit_trainer *trainer;
  tacit_trainer_options options = TACIT_TRAINER_OPTIONS;
  options.seed = 7;
  options.load = argc > 5 ? argv[5] : NULL;
  Check(tacit_world_create(NULL, &world));
  Check(model_create(world, &options, &trainer));
  const int rank = tacit_world_rank(world), ranks = tacit_world_ranks(world);

  float before[MODEL_LAYER2_BIAS_ELEMENTS];
  memcpy(before, model_layer2_bias(trainer), sizeof before);
  for (int step = 0; step < atoi(argv[3]); ++step) {
    const long batch = tacit_trainer_steps(trainer) * ranks + rank,
               row = batch * MODEL_BATCH_ROWS % rows;
    float loss;
    double same;
    Check(model_step(trainer, x + row * width, y + row, &loss));
    Check(tacit_trainer_result(trainer, "loss", &same));
    if ((double)loss != same)
      return 1;
    if (rank == 0)
      printf("%.9g\n", loss);
  }
  CheckInPlace(trainer, before);
  Check(tacit_trainer_finish(trainer));
  Check(tacit_trainer_save(trainer, argv[4]));
  tacit_trainer_destroy(trainer);
  Check(tacit_world_destroy(world));
  free((void *)x);
  free((void *)y);
  return 0;
}
