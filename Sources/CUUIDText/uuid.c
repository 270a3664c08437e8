#include "CUUIDText.h"
